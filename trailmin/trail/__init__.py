"""Log objects: where they come from, decoding, event selectors."""
