"""The state in force: account snapshots and documents."""
