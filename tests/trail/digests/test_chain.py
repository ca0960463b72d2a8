import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trail.digests.chains import BUCKET, FINGERPRINT, Made, der, keys, log_key, make_chain, make_digest, sign
from trailmin.trail.digests import (
    CheckedDigest,
    DigestFile,
    DigestStatus,
    Finding,
    FindingKind,
    PublicKeys,
    check_digests,
    index_digests,
)

VALID, UNVERIFIED, INVALID = DigestStatus.VALID, DigestStatus.UNVERIFIED, DigestStatus.INVALID
CHAIN = make_chain(6, {hour: {log_key(hour): f"log {hour}".encode()} for hour in range(6)})


def files(chain: list[Made], *, newest: bool = True) -> list[DigestFile]:
    """As synced: signatures are lost, but for the newest one's where it is kept beside it."""
    return [made.file(signatures=[made.signature] if newest and made is chain[-1] else []) for made in chain]


def check(*found: DigestFile) -> tuple[dict[str, CheckedDigest], list[Finding]]:
    checked, findings = check_digests(found, keys())
    return {one.key: one for one in checked}, list(findings)


def statuses(checked: dict[str, CheckedDigest], chain: list[Made]) -> list[DigestStatus]:
    return [checked[made.key].status for made in chain]


def test_a_whole_chain_is_valid_and_nothing_is_wrong_with_it() -> None:
    checked, findings = check(*files(CHAIN))
    assert statuses(checked, CHAIN) == [VALID] * 6
    assert findings == []


def test_signatures_may_come_from_metadata_as_well() -> None:
    checked, findings = check(*(made.file(signatures=[made.signature], bucket=BUCKET) for made in CHAIN[2:3]))
    assert (statuses(checked, CHAIN[2:3]), findings) == ([VALID], [])


def test_without_its_signature_the_newest_digest_is_unverified_and_never_valid() -> None:
    checked, findings = check(*files(CHAIN, newest=False))
    assert statuses(checked, CHAIN) == [*[VALID] * 5, UNVERIFIED]
    [finding] = findings
    assert (finding.kind, finding.key) == (FindingKind.UNVERIFIED_DIGEST, CHAIN[-1].key)
    assert "its signature is not at hand" in finding.reason


def test_a_changed_digest_is_invalid_although_its_neighbours_are_valid() -> None:
    forged = CHAIN[3].changed(logFiles=[])
    checked, findings = check(*files([*CHAIN[:3], forged, *CHAIN[4:]]))
    assert statuses(checked, CHAIN) == [VALID, VALID, VALID, INVALID, VALID, VALID]
    assert [(one.kind, one.key) for one in findings] == [(FindingKind.INVALID_DIGEST, forged.key)]
    assert "its signature does not verify" in findings[0].reason


def test_a_forged_signature_does_not_verify() -> None:
    made = CHAIN[5]
    other = sign("something else that the same key signed")
    for signature in (other, "00" * 256, "not hexadecimal", ""):
        checked, _ = check(made.file(signatures=[signature]))
        assert checked[made.key].status is INVALID


def test_a_wrong_signature_beside_a_digest_does_not_hide_the_right_one() -> None:
    checked, _ = check(*(made.file(signatures=["00" * 256]) for made in CHAIN[:2]))
    assert statuses(checked, CHAIN[:2]) == [VALID, INVALID]


def test_a_digest_put_in_the_place_of_another_was_made_for_another_place() -> None:
    swapped = CHAIN[2].file(key=CHAIN[3].key)
    kept = [made.file(signatures=[made.signature]) for made in CHAIN if made is not CHAIN[3]]
    checked, findings = check(swapped, *kept)
    assert statuses(checked, CHAIN) == [VALID, VALID, VALID, INVALID, VALID, VALID]
    assert [(one.kind, one.key) for one in findings] == [(FindingKind.INVALID_DIGEST, CHAIN[3].key)]
    assert "was made for another place" in findings[0].reason
    assert CHAIN[2].key in findings[0].reason


def test_a_digest_of_another_bucket_is_not_this_buckets() -> None:
    checked, _ = check(CHAIN[0].file(signatures=[CHAIN[0].signature], bucket="other-bucket"))
    assert checked[CHAIN[0].key].status is INVALID


@pytest.mark.parametrize(("gone", "words"), [([3], "it is missing; "), ([2, 3], "and others before it")])
def test_missing_digests_are_named_with_the_time_that_they_leave_open(gone: list[int], words: str) -> None:
    kept = [made for hour, made in enumerate(CHAIN) if hour not in gone]
    checked, findings = check(*(made.file(signatures=[made.signature]) for made in kept))
    assert {one.status for one in checked.values()} == {VALID}
    [finding] = findings
    assert (finding.kind, finding.key) == (FindingKind.MISSING_DIGEST, CHAIN[gone[-1]].key)
    assert words in finding.reason
    assert finding.since is not None
    assert finding.until is not None
    assert (finding.until - finding.since).total_seconds() == 3600 * len(gone)


def test_a_chain_whose_beginning_is_not_at_hand_is_not_broken() -> None:
    assert check(*files(CHAIN[3:]))[1] == []


def test_a_chain_that_starts_anew_tells_that_validation_was_off() -> None:
    anew = [make_digest(9, {}), make_digest(10, {}, make_digest(9, {}))]
    _, findings = check(*(made.file(signatures=[made.signature]) for made in [*CHAIN[:3], *anew]))
    [finding] = findings
    assert (finding.kind, finding.key) == (FindingKind.VALIDATION_OFF, anew[0].key)
    assert finding.since is not None
    assert finding.until is not None
    assert (finding.until - finding.since).total_seconds() == 3600 * 6


def test_a_digest_must_begin_where_the_one_before_it_ends() -> None:
    late = make_digest(5, {}, CHAIN[3])
    _, findings = check(*(made.file(signatures=[made.signature]) for made in [*CHAIN[:4], late]))
    assert [(one.kind, one.key) for one in findings] == [(FindingKind.MISSING_DIGEST, late.key)]
    assert "does not begin where the one before it ends" in findings[0].reason


def test_a_digest_that_is_signed_but_not_the_one_that_the_next_follows_on_is_invalid() -> None:
    twin = make_digest(2, {log_key(2): b"another log"}, CHAIN[1])
    checked, _ = check(*(made.file(signatures=[made.signature]) for made in [*CHAIN[:2], twin, *CHAIN[3:]]))
    assert checked[twin.key].status is INVALID
    assert "its hash is not the one that the next digest has" in (checked[twin.key].reason or "")


def test_backfill_digests_are_chains_of_their_own() -> None:
    late = {log_key(1, "late"): b"late"}
    backfill = make_digest(1, late, suffix="_backfill")
    checked, findings = check(backfill.file(signatures=[backfill.signature]), *files(CHAIN))
    assert checked[backfill.key].status is VALID
    assert findings == []
    index = index_digests(list(checked.values()), findings)
    assert index.expectation(log_key(1, "late")).hash_value is not None
    assert index.expectation(log_key(1)).hash_value is not None


def test_a_key_that_is_not_known_leaves_a_digest_unverified() -> None:
    checked, _ = check_digests(files(CHAIN), PublicKeys())
    assert {one.status for one in checked} == {UNVERIFIED}
    assert all(FINGERPRINT in (one.reason or "") for one in checked)


def test_another_algorithm_is_not_taken_for_the_known_one() -> None:
    made = CHAIN[0].changed(digestSignatureAlgorithm="SHA1withRSA").signed_anew()
    checked, _ = check(made.file(signatures=[made.signature]))
    assert checked[made.key].status is INVALID


@pytest.mark.parametrize("content", [b"", b"{}", b"\x1f\x8b", CHAIN[0].file().content + CHAIN[1].file().content])
def test_what_is_no_digest_is_invalid_with_its_reason(content: bytes) -> None:
    checked, findings = check(DigestFile(key=CHAIN[0].key, bucket=None, content=content))
    assert checked[CHAIN[0].key].status is INVALID
    assert [one.kind for one in findings] == [FindingKind.INVALID_DIGEST]
    assert findings[0].reason


def test_a_bucket_with_a_prefix_names_log_objects_as_sources_do() -> None:
    made = make_digest(0, {log_key(0): b"x"}, prefix="some/prefix/")
    checked, findings = check(made.file(signatures=[made.signature]))
    assert index_digests(list(checked.values()), findings).expectation(log_key(0)).hash_value is not None


def test_the_key_may_be_in_either_form_of_der() -> None:
    assert keys().by_fingerprint[FINGERPRINT] == der()
    assert der()[:2] == b"\x30\x82"


@settings(max_examples=60)
@given(st.data())
def test_no_change_of_a_digest_leaves_its_log_objects_vouched_for(data: st.DataObject) -> None:
    """Whatever is done to one digest, no hash that CloudTrail has not signed is ever expected."""
    signed = {(log_key(hour), CHAIN[hour].document["logFiles"][0]["hashValue"]) for hour in range(6)}
    hour = data.draw(st.integers(0, 5))
    member = data.draw(st.sampled_from(sorted(CHAIN[hour].document)))
    other = data.draw(st.sampled_from([None, "x", CHAIN[hour - 1].document[member], [], 7]))
    forged = CHAIN[hour].changed(**{member: other})
    chain = [*CHAIN[:hour], forged, *CHAIN[hour + 1 :]]
    found = [made.file(signatures=[made.signature]) for made in chain]
    random.Random(hour).shuffle(found)
    checked, findings = check_digests(found, keys())
    index = index_digests(checked, findings)
    expected = {(key, one.hash_value) for key, one in index.expected.items() if one.hash_value is not None}
    assert expected <= signed
    assert (expected == signed) == (forged.document == CHAIN[hour].document)
