"""A proof that new policies allow nothing that old ones do not, or a request that they do.

The method: actions are cut into cells over all texts, not only those of today's actions; for every set of statements
that match an action together, the resources are cut along their patterns; in each cell what is left is a question about
conditions, decided over cells of the values of each key (`questions.py`, `search.py`, `keys.py`). What is not modelled
is a free boolean, equal to the textually same one only. So `Proven` holds for every request. The proof is complete for
policies without conditions and variables, within the budget.
"""

from collections.abc import Iterator, Sequence

from trailmin.policy.document import Policy
from trailmin.policy.include import Inclusion, NotProven, Proven
from trailmin.policy.inclusion.budget import Budget, GaveUpError
from trailmin.policy.inclusion.questions import Question, group_of, questions
from trailmin.policy.inclusion.rules import ActionCells, Rule, rules_of
from trailmin.policy.inclusion.search import Model, Search
from trailmin.policy.inclusion.witness import confirm
from trailmin.policy.request import ConditionAtom, StatementRef, reference

SUSPECT_CAP = 100
"""Questions with a model that no request confirmed, after which the proof is given up."""


def included(new: Sequence[Policy], old: Sequence[Policy]) -> Inclusion:
    """Whether the union of `new` allows nothing that the union of `old` does not, over every possible request.

    `Proven` is sound in every case; the witness of `Refuted` is a concrete request that `decide` confirms: allowed by
    new, not by old. Otherwise `NotProven`, with the reason: conditions or variables that are not modelled, or a
    question too large for the budget. The same policies always get the same answer.
    """
    try:
        return _Prover(new, old).answer()
    except GaveUpError:
        return NotProven(reason="too many cases to tell")


class _Prover:
    def __init__(self, new: Sequence[Policy], old: Sequence[Policy]) -> None:
        self._new, self._old = new, old
        self._budget = Budget()
        self._rules = rules_of(new, old)
        atoms = {atom for rule in self._rules for atom, _ in rule.given if isinstance(atom, ConditionAtom)}
        self._search = Search(atoms, self._budget)
        self._plain_search = Search(atoms, self._budget, plain_only=True)

    def answer(self) -> Inclusion:
        suspects: list[NotProven] = []
        for allow, action, question in self._questions():
            models = tuple(_models(self._search, question))
            if not models:
                continue
            for model in (*models, *_models(self._plain_search, question)):
                refuted = confirm(self._new, self._old, action, question, model)
                if refuted is not None:
                    return refuted
            suspects.append(self._unproven(allow, action, question))
            if len(suspects) > SUSPECT_CAP:
                break
        return suspects[0] if suspects else Proven()

    def _questions(self) -> Iterator[tuple[Rule, str, Question]]:
        allows = [rule for rule in self._rules if rule.is_new and rule.statement.is_allow]
        wanted = sum(rule.bit for rule in allows)
        asked: set[tuple[int, int]] = set()
        for matching, action in ActionCells(self._rules, wanted, self._budget).sets():
            others = matching & ~wanted
            group = None
            for allow in allows:
                if allow.bit & matching and (allow.bit, others) not in asked:
                    asked.add((allow.bit, others))
                    group = group or group_of([rule for rule in self._rules if rule.bit & others])
                    for question in questions(allow, group, self._budget):
                        yield allow, action, question

    def _unproven(self, allow: Rule, action: str, question: Question) -> NotProven:
        ref = self._reference(allow)
        where = f"{ref} may allow {action} on {question.resource}"
        what = "which an old Deny may stop" if question.old_denies else "which no old statement is seen to allow"
        return NotProven(reason=f"{where}, {what}; no concrete request shows it", statement=ref)

    def _reference(self, allow: Rule) -> StatementRef:
        at = next(
            index
            for index, policy in enumerate(self._new)
            if any(found is allow.statement for found in policy.statements)
        )
        return reference(self._new, at, allow.statement)


def _models(search: Search, question: Question) -> Iterator[Model]:
    """A way in which no old Allow holds, then one for each old Deny."""
    model = search.model(question.held, question.new_denies | question.old_allows)
    if model is not None:
        yield model
    for deny in sorted(question.old_denies, key=repr):
        model = search.model(question.held | deny, question.new_denies)
        if model is not None:
            yield model
