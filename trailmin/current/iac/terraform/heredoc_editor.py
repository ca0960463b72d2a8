"""Edits of statements in JSON within a template: what is written stays data there too."""

from dataclasses import dataclass, field
from typing import Any

from trailmin.current.iac.splice import Splice
from trailmin.current.iac.statement_edit import StatementEditor
from trailmin.current.iac.terraform.hcl_writer import as_data
from trailmin.current.iac.tree import SourceNode


@dataclass(slots=True)
class HeredocEditor(StatementEditor):
    """A `StatementEditor` for a heredoc, whose sequences `${` and `%{` are the template's."""

    is_template: bool = field(default=True)

    def _flow_text(self, value: Any, separator: str) -> str:
        text = StatementEditor._flow_text(self, value, separator)
        # Resources are spelled by the dialect; what is printed here are conditions, which refer to nothing.
        return as_data(text) if self.is_template else text

    def condition_text(self, text: str, node: SourceNode) -> str:
        """Return the text itself: `_flow_text` makes data of all that is printed."""
        return text

    def value_splice(self, node: SourceNode, value: Any, *, is_inline: bool) -> Splice:
        """Put another value; see `StatementEditor`. The dialect has spelled what is in it."""
        return StatementEditor.value_splice(self, node, value, is_inline=True)
