from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.report.example import hostile_proposal, policy, proposal, put
from trailmin.report.evidence_texts import EvidenceTexts
from trailmin.report.json_output import json_text
from trailmin.report.proposal_json import evidence_head_json, verdict_json
from trailmin.synth.model import Proposal

RUN = {"trailmin": "0.1.0"}


def test_the_evidence_of_many_roles_is_spelt_as_that_of_each() -> None:
    texts = EvidenceTexts(RUN)
    roles = [proposal(put(policy())), replace(proposal(put(policy())), verdicts=()), hostile_proposal('\u202e\n"]')]
    for one in [*roles, *roles]:
        assert texts.text(one) == _of_each(one)


@given(
    st.lists(st.sampled_from(['s3:Get"', 'a",\n "action": "b', "\x7f\u2028", '"action": ', "s3:PutObject"]), min_size=2)
)
def test_verdicts_that_differ_in_their_action_alone_are_spelt_as_each_is(names: list[str]) -> None:
    texts = EvidenceTexts(RUN)
    wide = hostile_proposal('"action": "s3:PutObject"')
    (first, *_) = wide.verdicts
    verdicts = [replace(first, action=action, sid=sid) for action in names for sid in names]
    one = replace(wide, verdicts=(*wide.verdicts, *verdicts))
    assert texts.text(one) == _of_each(one)


def _of_each(one: Proposal) -> str:
    return json_text({**evidence_head_json(one, RUN), "verdicts": [verdict_json(verdict) for verdict in one.verdicts]})
