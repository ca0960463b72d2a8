from tests.synth.situation import CATALOG, allow, aws_managed, inline, managed, use
from trailmin.policy import parse_policy
from trailmin.synth.check import check
from trailmin.synth.quotas import fit_quotas
from trailmin.synth.replay import replay
from trailmin.synth.tighten import Tightened, changes_of, sizes_after, tighten_policy
from trailmin.usage import Outcome

MANY = [f"arn:aws:s3:::bucket-number-{n:04}-of-a-great-many/*" for n in range(100)]
READ = use("s3:GetObject", "arn:aws:s3:::photos/a.jpg")


def test_a_policy_without_verdicts_is_not_changed() -> None:
    policy = inline({"Effect": "Deny", "Action": "*", "Resource": "*"})
    found = tighten_policy(policy, (), CATALOG)
    assert not found.is_changed
    assert found.policy is policy.policy
    assert changes_of([found], None) == ()


def test_a_replacement_that_only_lost_statements_stays_attached_where_it_does_not_fit() -> None:
    cut = [
        Tightened(before=aws_managed(allow("s3:GetObject", MANY), allow("sns:*"), name=f"L{n}"),
                  text=inline(allow("s3:GetObject", MANY)).text, plans=())
        for n in range(3)
    ]  # fmt: skip
    fitting, notes = fit_quotas(cut, lambda _: 1.0)
    assert [t.is_changed for t in fitting].count(False) == 2
    assert "stays as it is: it would not fit the quota of 10240 characters" in notes[0]


def test_sizes_are_those_after_the_change_without_white_space() -> None:
    gone = Tightened(before=managed(allow("s3:*"), name="Gone"), text=None, plans=())
    left = Tightened(before=inline(allow("s3:*")), text='{"Statement": []}', plans=())
    assert sizes_after([gone, left]) == {"Access": len('{"Statement":[]}')}
    assert (gone.policy, gone.size) == (None, 0)


def test_a_check_fails_where_a_grant_is_new_or_a_call_is_lost() -> None:
    before = inline(allow("s3:GetObject"))
    broader = Tightened(before=before, text=inline(allow("s3:*")).text, plans=())
    proof, replayed = check([broader], [READ], CATALOG)
    assert (proof.proven, replayed.passed) == (False, True)
    assert proof.reason
    narrower = Tightened(before=before, text=inline(allow("s3:GetObject", "arn:aws:s3:::films/*")).text, plans=())
    proof, replayed = check([narrower], [READ], CATALOG)
    assert (proof.proven, replayed.passed) == (True, False)
    (lost,) = replayed.lost
    assert (lost.action, lost.resource, lost.calls, lost.event_ids) == ("s3:GetObject", READ.resource, 3, ("e-1",))


def test_replay_counts_what_is_kept_and_what_others_granted() -> None:
    policy = parse_policy(inline(allow("s3:GetObject")).text)
    uses = [READ, use("s3:PutObject", READ.resource), use("s3:GetObject", READ.resource, outcome=Outcome.DENIED)]
    found = replay(uses, [policy], [policy], CATALOG)
    assert (found.calls, found.kept, found.not_granted, found.lost) == (6, 3, 3, ())


def test_a_condition_that_the_log_does_not_tell_must_stay() -> None:
    tls = {"Bool": {"aws:SecureTransport": "true"}}
    old = parse_policy(inline(allow("s3:*")).text)
    new = parse_policy(inline(allow("s3:*", Condition=tls)).text)
    assert not replay([READ], [old], [new], CATALOG).passed
    assert replay([READ], [new], [new], CATALOG).passed
