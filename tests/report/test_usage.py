from tests.report.example import principal, use
from trailmin.report.usage import denied_json, roles_json, usage_json
from trailmin.usage.authorization import Outcome


def test_usage_roles_and_denied_calls() -> None:
    busy = principal("r", use(), use("s3:PutObject", Outcome.DENIED))
    assert roles_json([busy])["roles"][0]["unmapped"] == 3
    told = usage_json(busy)
    assert told["schema"] == "trailmin/usage/1"
    assert [u["outcome"] for u in told["uses"]] == ["allowed", "denied"]
    assert [u["action"] for u in denied_json([busy], {})["roles"][0]["uses"]] == ["s3:PutObject"]
