"""One root for every error that a user can cause or must hear of, each with a hint on what to do next."""


class TrailminError(Exception):
    """An error to show to the user: what is wrong, and as `hint` what to do next."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class PolicyError(TrailminError):
    """A policy document is not valid; the message holds the JSON path and, from text, line and column."""


class CatalogError(TrailminError):
    """The catalog's data is missing or contradicts itself."""


class TrailError(TrailminError):
    """A source of log objects cannot be read."""


class EngineError(TrailminError):
    """A task could not be run to its end: its process died."""


class LakeError(TrailminError):
    """The lake cannot be opened, read or written."""


class UsageError(TrailminError):
    """The usage of a principal cannot be told: unknown role, no events."""


class CurrentError(TrailminError):
    """The state in force (snapshot, documents) cannot be read."""


class PublishError(TrailminError):
    """Results cannot be written."""


class ConfigError(TrailminError):
    """The configuration file is wrong."""


class DefectError(TrailminError):
    """A check of our own output failed: a bug in trailmin, never the user's fault (exit code 70)."""
