from dataclasses import replace

from tests.report.example import hostile_proposal, policy, proposal, put
from trailmin.report.evidence_texts import EvidenceTexts
from trailmin.report.json_output import json_text
from trailmin.report.proposal_json import evidence_head_json, verdict_json


def test_the_evidence_of_many_roles_is_spelt_as_that_of_each() -> None:
    run = {"trailmin": "0.1.0"}
    texts = EvidenceTexts(run)
    roles = [proposal(put(policy())), replace(proposal(put(policy())), verdicts=()), hostile_proposal('\u202e\n"]')]
    for one in [*roles, *roles]:
        verdicts = [verdict_json(verdict) for verdict in one.verdicts]
        assert texts.text(one) == json_text({**evidence_head_json(one, run), "verdicts": verdicts})
