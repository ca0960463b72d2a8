"""Results on disk: policies, patches, scripts."""
