"""The policy language on the AWS-managed policies that moto ships: `python -m bench.policies`."""

import json
import random
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import TypeVar

from moto.iam.aws_managed_policies import aws_managed_policies_data

from bench.policy_pairs import joined, tightened
from trailmin.catalog import load_catalog
from trailmin.policy import (
    AccessRequest,
    Policy,
    compile_policy,
    evaluate,
    included,
    layers_of,
    lint,
    parse_caller,
    parse_policy,
    print_policy,
)

_T = TypeVar("_T")
_PAIRS = 2_000
_REQUESTS = 40_000
_FOUR_STATEMENTS = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject*"], "Resource": "arn:aws:s3:::data/*"},
        {
            "Effect": "Allow",
            "Action": "dynamodb:*",
            "Resource": "arn:aws:dynamodb:us-east-1:111122223333:table/t",
            "Condition": {"StringEquals": {"aws:SourceVpce": "vpce-12345678"}},
        },
        {"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
        {"Effect": "Allow", "NotAction": "iam:*", "Resource": "arn:aws:sqs:*:*:q-${aws:PrincipalTag/team}"},
    ],
}
_ASKED = (
    ("s3:GetObject", "arn:aws:s3:::data/k"),
    ("dynamodb:GetItem", "arn:aws:dynamodb:us-east-1:111122223333:table/t"),
    ("sqs:SendMessage", "arn:aws:sqs:us-east-1:111122223333:q-blue"),
    ("iam:ListRoles", "*"),
)
_CONTEXT = {"aws:securetransport": ("true",), "aws:sourcevpce": ("vpce-12345678",), "aws:principaltag/team": ("blue",)}


def main() -> None:
    """Print CPU times a policy or pair, and decisions a second."""
    documents = {name: found["Document"] for name, found in json.loads(aws_managed_policies_data).items()}
    texts = [json.dumps(document) for document in documents.values()]
    managed = [parse_policy(text) for text in texts]
    print(f"{len(managed)} AWS-managed policies, CPU ms each\n")
    print(f"{'':32} {'median':>8} {'99 %':>8} {'max':>8}")
    _print("parse", _timed(parse_policy, texts))
    _print("print", _timed(print_policy, managed))
    catalog = load_catalog()
    _print("lint", _timed(lambda text: lint(text, catalog=catalog), texts))
    _print("included in itself", _timed(lambda one: included([one], [one]), managed))
    _print_pairs(managed)
    _print_decisions()


def _print_pairs(managed: list[Policy]) -> None:
    """Random pairs, mostly refuted; then pairs of which the new one is within the old by how it was made."""
    rng = random.Random(4)
    drawn = {
        "random pairs": [(rng.choice(managed), rng.choice(managed)) for _ in range(_PAIRS)],
        "tightened": [(tightened(one, rng), one) for one in rng.choices(managed, k=_PAIRS)],
        "within a union": [(one, joined(one, rng.choice(managed))) for one in rng.choices(managed, k=_PAIRS)],
    }
    for name, pairs in drawn.items():
        outcomes: Counter[str] = Counter()
        times = []
        for new, old in pairs:
            start = time.process_time()
            outcomes[type(included([new], [old])).__name__] += 1
            times.append(1000 * (time.process_time() - start))
        _print(f"included, {len(pairs)} {name}", sorted(times))
        print(" " * 32, dict(sorted(outcomes.items())))


def _print_decisions() -> None:
    policy = parse_policy(_FOUR_STATEMENTS)
    compiled, layers = compile_policy(policy), layers_of(identity=[policy])
    caller = parse_caller("arn:aws:sts::111122223333:assumed-role/app/i-1")
    asked = [AccessRequest(action=a, resource=r, caller=caller, context=_CONTEXT) for a, r in _ASKED]
    lowered = [(a.lower(), r) for a, r in _ASKED]

    def by_policy(number: int) -> object:
        action, resource = lowered[number % 4]
        return compiled.denied_by(action, resource, _CONTEXT) or compiled.allowed_by(action, resource, _CONTEXT)

    print("\ndecisions a second, one core, four statements")
    for name, decide in (
        ("compiled policy", by_policy),
        ("evaluate, all layers", lambda n: evaluate(asked[n % 4], layers)),
    ):
        start = time.process_time()
        for number in range(_REQUESTS):
            decide(number)
        print(f"{name:32} {_REQUESTS / (time.process_time() - start):8,.0f}")


def _timed(call: Callable[[_T], object], values: Iterable[_T]) -> list[float]:
    times = []
    for value in values:
        start = time.process_time()
        call(value)
        times.append(1000 * (time.process_time() - start))
    return sorted(times)


def _print(name: str, times: list[float]) -> None:
    late = times[int(0.99 * (len(times) - 1))]
    print(f"{name:32} {statistics.median(times):8.2f} {late:8.1f} {times[-1]:8.1f}", flush=True)


if __name__ == "__main__":
    main()
