"""API calls as CloudTrail spells them, one module per service."""
