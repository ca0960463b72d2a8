"""Roles with a known need and the logs they leave. Nothing here knows trailmin: it imports none of it."""
