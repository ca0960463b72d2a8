"""The actions or resources of a statement as one thing, whether listed or excepted."""

from dataclasses import dataclass

from trailmin.policy import glob
from trailmin.policy.document import Statement
from trailmin.policy.match import action_pattern
from trailmin.policy.pattern import Pattern, resource_pattern


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What some patterns match, or with `negated` what none of them matches."""

    patterns: tuple[Pattern, ...]
    negated: bool = False

    def matches(self, text: str) -> bool:
        """Whether a text (an action in lower case) is selected."""
        return any(glob.matches(pattern, text) for pattern in self.patterns) != self.negated

    def is_within(self, other: "Selection") -> bool:
        """Whether everything selected here is selected by `other`, proved; False where that is not known."""
        if self.negated and other.negated:
            return all(glob.included_in_union(pattern, self.patterns) for pattern in other.patterns)
        if self.negated:
            return any(pattern.is_universal for pattern in other.patterns)
        return all(other.covers(pattern) for pattern in self.patterns)

    def covers(self, pattern: Pattern) -> bool:
        """Whether everything that `pattern` matches is selected, proved."""
        if self.negated:
            return not any(glob.intersects(pattern, exception) for exception in self.patterns)
        return bool(glob.included_in_union(pattern, self.patterns))

    def meets(self, pattern: Pattern) -> bool:
        """Whether something that `pattern` matches may be selected."""
        if self.negated:
            return not glob.included_in_union(pattern, self.patterns)
        return any(glob.intersects(pattern, listed) for listed in self.patterns)


def statement_actions(statement: Statement) -> Selection:
    """The actions that a statement is about; ask in lower case."""
    texts = statement.actions or statement.not_actions
    return Selection(patterns=tuple(map(action_pattern, texts)), negated=bool(statement.not_actions))


def statement_resources(statement: Statement) -> Selection:
    """The resources that a statement is about: all of them where it has no Resource (a trust policy)."""
    texts = statement.resources or statement.not_resources
    patterns = tuple(resource_pattern(text, variables=statement.variables) for text in texts)
    # What no pattern at all matches is everything.
    return Selection(patterns=patterns, negated=not statement.resources)
