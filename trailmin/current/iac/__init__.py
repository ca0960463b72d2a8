"""Infrastructure code: where many teams keep their policies."""

from trailmin.current.iac.interface import Attachment, SourceContents, SourceReader

__all__ = ["Attachment", "SourceContents", "SourceReader"]
