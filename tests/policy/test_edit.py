import json
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.policy.messy_json import messy
from tests.policy.strategies import policies
from trailmin.errors import DefectError, PolicyError
from trailmin.policy.document import Condition, Policy, Principals, print_policy, to_json
from trailmin.policy.edit import (
    Edit,
    RemoveStatement,
    ReplaceStatement,
    StatementSpec,
    apply_edits,
    edit_policy,
    keep_spec,
)
from trailmin.policy.json_text import JsonNode, read_json
from trailmin.policy.parse import parse_policy

TEXT = """{
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "Data",
            "Action": "s3:*",
            "Effect": "Allow",
            "Resource": [
                "*"
            ]
        },
        { "Effect": "Deny",   "NotAction": ["iam:*","sts:*"], "Resource": "*",
          "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}} },
        {
            "Effect": "Allow",
            "NotAction": "iam:*",
            "NotResource": "arn:aws:s3:::secret/*"
        }
    ]
}
"""
VIA = Condition(operator="StringEquals", key="kms:ViaService", values=("s3.us-east-1.amazonaws.com",))


def edit(index: int, *specs: StatementSpec) -> ReplaceStatement:
    return ReplaceStatement(index=index, parts=specs)


def test_an_edit_writes_only_the_values_that_differ() -> None:
    spec = StatementSpec(
        sid="Data", actions=("s3:GetObject", "s3:ListBucket"), resources=("arn:aws:s3:::b", "arn:aws:s3:::b/*")
    )
    expected = TEXT.replace('"s3:*"', '["s3:GetObject", "s3:ListBucket"]').replace(
        '                "*"\n', '                "arn:aws:s3:::b",\n                "arn:aws:s3:::b/*"\n'
    )
    assert apply_edits(TEXT, [edit(0, spec)]) == expected


def test_without_lists_of_its_own_a_document_gets_lists_over_lines() -> None:
    text = TEXT.replace('["iam:*","sts:*"]', '"iam:*"')
    edited = apply_edits(text, [edit(0, StatementSpec(sid="Data", actions=("s3:Get*", "s3:List*")))])
    lines = '"Action": [\n                "s3:Get*",\n                "s3:List*"\n            ],'
    assert edited == text.replace('"Action": "s3:*",', lines)


def test_a_removed_statement_takes_its_comma_along() -> None:
    assert apply_edits(TEXT, [RemoveStatement(index=2)]) == TEXT[: TEXT.index(',\n        {\n            "Effect"')] + (
        "\n    ]\n}\n"
    )
    first_gone = apply_edits(TEXT, [RemoveStatement(index=0)])
    assert first_gone is not None
    assert first_gone.startswith(
        '{\n    "Version": "2012-10-17",\n    "Statement": [\n        { "Effect": "Deny",   "Not'
    )
    assert apply_edits(TEXT, [RemoveStatement(index=index) for index in range(3)]) is None


def test_not_action_and_not_resource_become_lists_in_place() -> None:
    edited = apply_edits(TEXT, [edit(2, StatementSpec(sid=None, actions=("s3:GetObject",), resources=("*",)))])
    assert edited == TEXT.replace('"NotAction": "iam:*"', '"Action": "s3:GetObject"').replace(
        '"NotResource": "arn:aws:s3:::secret/*"', '"Resource": "*"'
    )


def test_a_split_statement_copies_everything_it_does_not_change() -> None:
    edited = apply_edits(
        TEXT,
        [
            edit(
                0,
                StatementSpec(sid="Data", actions=("s3:GetObject",)),
                StatementSpec(sid="Data2", actions=("s3:PutObject",), resources=("arn:aws:s3:::b/*",)),
            )
        ],
    )
    block = TEXT[TEXT.index('        {\n            "Sid"') : TEXT.index(',\n        { "Effect": "Deny"')]
    one = block.replace("s3:*", "s3:GetObject")
    two = block.replace("s3:*", "s3:PutObject").replace('"Data"', '"Data2"').replace('"*"', '"arn:aws:s3:::b/*"')
    assert edited == TEXT.replace(block, f"{one},\n{two}")


def test_conditions_and_sids_are_added_in_the_style_of_the_source() -> None:
    edited = apply_edits(TEXT, [edit(2, StatementSpec(sid="Keys", add_conditions=(VIA,)))])
    condition = (
        ',\n            "Condition": {\n                "StringEquals": {\n'
        '                    "kms:ViaService": "s3.us-east-1.amazonaws.com"\n                }\n            }'
    )
    assert edited == TEXT.replace(
        '        {\n            "Effect"', '        {\n            "Sid": "Keys",\n            "Effect"'
    ).replace('"arn:aws:s3:::secret/*"', '"arn:aws:s3:::secret/*"' + condition)
    into = apply_edits(TEXT, [edit(1, StatementSpec(sid=None, add_conditions=(VIA,)))])
    assert into == TEXT.replace(
        '"false"}}', '"false"}, "StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}'
    )
    again = apply_edits(into, [edit(1, StatementSpec(sid=None, add_conditions=(VIA,)))])
    assert again == into
    more = Condition(operator="stringequals", key="aws:x", values=("1", "2"))
    assert apply_edits(into, [edit(1, StatementSpec(sid=None, add_conditions=(more,)))]) == into.replace(
        '.amazonaws.com"}', '.amazonaws.com", "aws:x": ["1", "2"]}'
    )


def test_a_condition_at_odds_with_one_in_force_is_refused() -> None:
    other = Condition(operator="Bool", key="aws:multifactorauthpresent", values=("true",))
    with pytest.raises(PolicyError, match="already has another Bool"):
        apply_edits(TEXT, [edit(1, StatementSpec(sid=None, add_conditions=(other,)))])


def test_a_sid_can_go() -> None:
    edited = apply_edits(TEXT, [edit(0, StatementSpec(sid=None))])
    assert edited == TEXT.replace('            "Sid": "Data",\n', "")


def test_line_ends_tabs_and_the_missing_final_newline_stay() -> None:
    text = TEXT.replace("    ", "\t").replace("\n", "\r\n").rstrip()
    text = text.replace('["iam:*","sts:*"]', '"iam:*"')
    edited = apply_edits(text, [edit(0, StatementSpec(sid="Data", actions=("s3:Get*", "s3:List*")))])
    assert edited == text.replace('"s3:*"', '[\r\n\t\t\t\t"s3:Get*",\r\n\t\t\t\t"s3:List*"\r\n\t\t\t]')


@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")])
def test_a_document_on_one_line_stays_on_one_line(separators: tuple[str, str]) -> None:
    text = json.dumps(json.loads(TEXT), separators=separators)
    spec = StatementSpec(sid="Data", actions=("s3:Get*", "s3:List*"), add_conditions=(VIA,))
    edited = apply_edits(text, [edit(0, spec, replace(spec, sid="Data2"))])
    assert edited == json.dumps(json.loads(edited or ""), separators=separators)


def test_a_statement_without_a_list_is_put_in_one_when_it_splits() -> None:
    text = json.dumps({"Version": "2012-10-17", "Statement": json.loads(TEXT)["Statement"][0]}, indent=2)
    first, second = (StatementSpec(sid=sid, actions=(action,)) for sid, action in (("A", "s3:Get*"), ("B", "s3:Put*")))
    assert apply_edits(text, [edit(0, first)]) == text.replace("s3:*", "s3:Get*").replace("Data", "A")
    edited = apply_edits(text, [edit(0, first, second)])
    assert edited == json.dumps(json.loads(edited or ""), indent=2)
    assert apply_edits(text, [RemoveStatement(index=0)]) is None


def test_kept_values_keep_their_spelling() -> None:
    text = TEXT.replace('["iam:*","sts:*"]', '["iam\\u003a*","sts:*"]').replace('"NotAction": ["iam', '"Action": ["iam')
    edited = apply_edits(text, [edit(1, StatementSpec(sid=None, actions=("iam:*",)))])
    assert edited == text.replace(',"sts:*"]', "]")


@pytest.mark.parametrize(
    "edits",
    [
        [RemoveStatement(index=3)],
        [RemoveStatement(index=-1)],
        [RemoveStatement(index=0), RemoveStatement(index=0)],
        [edit(0, StatementSpec(sid="Data"), StatementSpec(sid="Data"))],
        [edit(0, StatementSpec(sid="Data", actions=("nonsense",)))],
    ],
)
def test_edits_that_do_not_fit_are_our_defect(edits: list[Edit]) -> None:
    with pytest.raises(DefectError):
        apply_edits(TEXT, edits)


STYLES: dict[str, Any] = {
    "two": {"indent": 2},
    "tabs": {"indent": "\t"},
    "tight": {"separators": (",", ":")},
    "line": {},
}


@st.composite
def edits_of(draw: st.DrawFn, policy: Policy) -> list[Edit]:
    edits: list[Edit] = []
    for statement in policy.statements:
        choice = draw(st.sampled_from(["keep", "remove", "same", "replace", "split"]))
        spec = replace(
            keep_spec(statement),
            actions=draw(st.none() | st.just(("s3:GetObject", "s3:GetObjectAcl")) | st.just(("s3:*",))),
            resources=draw(st.none() | st.just(("arn:aws:s3:::a/*",))),
            add_conditions=draw(st.just(()) | st.just((VIA, replace(VIA, operator="Null", key="aws:q")))),
        )
        if choice == "remove":
            edits.append(RemoveStatement(index=statement.index))
        elif choice == "same":
            edits.append(edit(statement.index, keep_spec(statement)))
        elif choice == "replace":
            edits.append(edit(statement.index, spec))
        elif choice == "split":
            edits.append(edit(statement.index, spec, replace(spec, sid=f"Part{statement.index}")))
    return edits


@given(policy=policies(), style=st.sampled_from(sorted(STYLES)), crlf=st.booleans(), data=st.data())
def test_edits_read_back_and_leave_the_other_statements_bytes(
    policy: Policy, style: str, *, crlf: bool, data: st.DataObject
) -> None:
    text = json.dumps(to_json(policy), **STYLES[style])
    text = text.replace("\n", "\r\n") if crlf else text
    edits = data.draw(edits_of(policy))
    edited = apply_edits(text, edits)
    expected = edit_policy(policy, edits)
    assert (edited is None) == (expected is None)
    if edited is None or expected is None:
        return
    assert len(parse_policy(edited).statements) == len(expected.statements)
    named = {change.index for change in edits if not is_no_change(change, policy)}
    untouched = [source for index, source in enumerate(statement_texts(text)) if index not in named]
    remaining = iter(statement_texts(edited))
    assert all(any(source == found for found in remaining) for source in untouched)
    assert edited.count("\r\n") == edited.count("\n") * crlf


def is_no_change(change: Edit, policy: Policy) -> bool:
    return isinstance(change, ReplaceStatement) and change.parts == (keep_spec(policy.statements[change.index]),)


def statement_nodes(text: str) -> tuple[JsonNode, ...]:
    member = read_json(text).member("Statement")
    assert member is not None
    return member.value.items or ()


def statement_texts(text: str) -> list[str]:
    return [text[node.start : node.end] for node in statement_nodes(text)]


@settings(max_examples=1000)
@given(policy=policies(), seed=st.integers(0, 2**32), data=st.data())
def test_whatever_the_formatting_only_the_edited_statements_change(
    policy: Policy, seed: int, data: st.DataObject
) -> None:
    text = messy(to_json(policy), Random(seed))
    assert apply_edits(text, []) == text
    edits = [one for one in data.draw(edits_of(policy)) if not is_no_change(one, policy)]
    edited = apply_edits(text, edits)
    if edited is None or not edits:
        assert (edited is None) == (edit_policy(policy, edits) is None)
        return
    named = {one.index for one in edits}
    before, after = statement_texts(text), iter(statement_texts(edited))
    assert all(any(source == found for found in after) for i, source in enumerate(before) if i not in named)
    if not any(isinstance(one, RemoveStatement) for one in edits):
        nodes = statement_nodes(text)
        assert edited.startswith(text[: nodes[min(named)].start])
        assert edited.endswith(text[nodes[max(named)].end :])


@given(policies(1), st.integers(0, 2**32))
def test_a_value_is_written_anew_and_every_other_byte_stays(policy: Policy, seed: int) -> None:
    statement = policy.statements[0]
    text = messy(to_json(policy), Random(seed))
    edited = apply_edits(text, [edit(0, replace(keep_spec(statement), actions=("sqs:SendMessage",)))])
    assert edited is not None
    element = "NotAction" if statement.not_actions else "Action"
    old, new = (statement_nodes(one)[0].member(name) for one, name in ((text, element), (edited, "Action")))
    assert old is not None
    assert new is not None
    assert edited[: new.key.start] == text[: old.key.start]
    assert edited[new.value.end :] == text[old.value.end :]


@given(policies())
def test_no_edits_change_nothing(policy: Policy) -> None:
    text = print_policy(policy)
    assert apply_edits(text, []) == text
    assert apply_edits(text, [edit(found.index, keep_spec(found)) for found in policy.statements]) == text


RESOURCE_TEXT = """{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "Partners",
      "Effect": "Allow",
      "Principal": {"AWS": ["arn:aws:iam::444455556666:root", "777788889999"], "Service": "sns.amazonaws.com"},
      "Action": "sqs:SendMessage",
      "Resource": "arn:aws:sqs:eu-west-1:111122223333:jobs"
    }
  ]
}
"""


def test_a_principal_that_goes_leaves_the_others_their_bytes() -> None:
    only = (
        Principals(kind="AWS", values=("777788889999",)),
        Principals(kind="Service", values=("sns.amazonaws.com",)),
    )
    spec = StatementSpec(sid="Partners", principals=only)
    edited = apply_edits(RESOURCE_TEXT, [ReplaceStatement(index=0, parts=(spec,))], kind="resource")
    assert edited == RESOURCE_TEXT.replace('["arn:aws:iam::444455556666:root", "777788889999"]', '["777788889999"]')


def test_everybody_becomes_those_who_are_named() -> None:
    text = RESOURCE_TEXT.replace(
        '{"AWS": ["arn:aws:iam::444455556666:root", "777788889999"], "Service": "sns.amazonaws.com"}', '"*"'
    )
    named = (Principals(kind="AWS", values=("arn:aws:iam::444455556666:role/sender",)),)
    spec = StatementSpec(sid="Partners", principals=named)
    edited = apply_edits(text, [ReplaceStatement(index=0, parts=(spec,))], kind="resource")
    assert edited is not None
    assert parse_policy(edited, kind="resource").statements[0].principals == named
    assert '"Principal": {\n        "AWS": "arn:aws:iam::444455556666:role/sender"\n      },' in edited


def test_an_identity_policy_has_no_principal_to_replace() -> None:
    spec = StatementSpec(sid="Data", principals=(Principals(kind="AWS", values=("111122223333",)),))
    with pytest.raises(DefectError, match="has no Principal"):
        apply_edits(TEXT, [ReplaceStatement(index=0, parts=(spec,))])
