"""The Delta tables: schemas, exactly-once commits, reading."""
