import math

import pytest

from tests.policy.test_evaluate import policy
from trailmin.catalog import load_catalog
from trailmin.policy import arn_bits, measure_tightening, resource_pattern


def test_fewer_actions_by_access_level_and_fewer_grants() -> None:
    old = policy({"Action": ["s3:GetObject", "s3:PutObject"], "Resource": ["arn:aws:s3:::a/*", "arn:aws:s3:::b/*"]})
    new = policy({"Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*"})
    found = measure_tightening([old], [new], load_catalog())
    assert (found.before.actions, found.before.grants) == ({"Read": 1, "Write": 1}, 4)
    assert (found.after.actions, found.after.grants) == ({"Read": 1}, 1)
    assert found.arn_bits_saved == pytest.approx(1.0, abs=1e-9)


def test_each_further_character_that_is_fixed_saves_its_bits() -> None:
    def bits(*texts: str) -> float:
        return arn_bits(map(resource_pattern, texts), length=20)

    assert bits("arn:aws:s3:::a") == 0.0
    assert bits("arn:aws:s3:::?") == pytest.approx(math.log2(95))
    assert bits("arn:aws:s3:::a", "arn:aws:s3:::b", "arn:aws:s3:::a") == 1.0
    assert bits("arn:aws:s3:::a*", "arn:aws:s3:::ab*") == bits("arn:aws:s3:::a*")
    assert bits() == -math.inf
