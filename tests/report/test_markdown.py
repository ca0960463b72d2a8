import re
import unicodedata
from dataclasses import replace

import pytest
from jinja2 import Environment, nodes
from markdown_it import MarkdownIt

from tests.report.example import (
    CONFIDENCE,
    HOSTILE,
    LEARNED,
    NEW,
    USED,
    VERDICTS,
    hostile_proposal,
    policy,
    proposal,
    put,
)
from trailmin.current import PolicyKind
from trailmin.packaged import packaged_path
from trailmin.report.markdown import FILTERS, TEMPLATE, render_pull_request
from trailmin.synth.model import ChangeKind, LostCall, PolicyChange, ProofResult, ReplayResult, Status, Verdict

MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def body() -> str:
    return render_pull_request(proposal(put(policy())))


def test_every_value_of_the_template_passes_one_of_our_filters() -> None:
    source = (packaged_path("templates") / TEMPLATE).read_text(encoding="utf-8")
    outputs = [node for output in Environment().parse(source).find_all(nodes.Output) for node in output.nodes]
    values = [node for node in outputs if not isinstance(node, nodes.TemplateData)]
    assert len(values) > 40
    assert {node.name for node in values if isinstance(node, nodes.Filter)} <= set(FILTERS)
    assert all(isinstance(node, nodes.Filter) for node in values)


def test_a_reviewer_reads_what_changes_what_stays_and_what_goes() -> None:
    text = body()
    assert text.startswith("# Tighten IAM role `image-processor`\n\n3 of 7 grants go.\n")
    assert "| `ImageAccess` | inline | rewritten | 4 | 3 | 133 |" in text
    assert "| `s3:GetObject` | `arn:aws:s3:::images/*` | 12 | 2026-10-03 |" in text
    assert "`s3`, 3 unused: `s3:DeleteBucket`, `s3:DeleteObject`, `s3:PutObject`. logged, not seen." in text


def test_the_two_checks_have_their_numbers() -> None:
    text = body()
    assert "**No broader:** proven." in text
    assert "all 14 authorizations that the current policies granted in the window are still allowed" in text
    lost = LostCall(action="s3:GetObject", resource="*", calls=1, event_ids=(), reason="no statement is left")
    failed = replace(
        proposal(put(policy()), status=Status.WITHHELD),
        proof=ProofResult(proven=False, method="containment", reason="statement 2 is wider"),
        replay=ReplayResult(calls=2, kept=1, lost=(lost,)),
    )
    text = render_pull_request(failed)
    assert "**not proven** (containment): statement 2 is wider" in text
    assert "**1 authorization would be lost**" in text
    assert "- `s3:GetObject` on `*`: no statement is left." in text


def test_each_pattern_says_what_it_stands_for_and_what_else_it_matches() -> None:
    row = (
        "| `arn:aws:s3:::images/*` | `s3:GetObject` | 9,400 | `arn:aws:s3:::images/cat.png` and 1 more "
        "| `whatever begins with images/, at any depth` | 98 |"
    )
    assert row in body()
    names = [f"arn:aws:s3:::b{n:02}/*" for n in range(13)]
    many = tuple(replace(USED, kept=(name,), learned=(replace(LEARNED, pattern=name),)) for name in names)
    text = render_pull_request(proposal(put(policy()), verdicts=many))
    assert "| `arn:aws:s3:::b09/*` |" in text
    assert "arn:aws:s3:::b10/*" not in text.split("<details>")[0]
    assert "3 more are in `evidence.json`." in text


def test_what_could_not_be_judged_names_the_selector() -> None:
    assert "It would show with: `resources.type Equals AWS::S3::Object`" in body()


def test_a_role_without_changes_is_explained_and_nothing_is_said_to_go() -> None:
    text = render_pull_request(proposal(status=Status.INSUFFICIENT_EVIDENCE, reason="4 days of logs are too few"))
    assert text.startswith("# IAM role `image-processor`: no change proposed\n\n4 days of logs are too few.\n")
    assert "What goes" not in text
    assert "apply.sh" not in text


def test_a_replaced_managed_policy_is_named() -> None:
    replaced = policy("AmazonS3FullAccess", kind=PolicyKind.AWS_MANAGED)
    change = PolicyChange(
        kind=ChangeKind.PUT_INLINE, name="trailmin-S3", policy=replaced, new_text=NEW, replaces=replaced.arn
    )
    verdicts = tuple(replace(v, policy="AmazonS3FullAccess") for v in VERDICTS)
    text = render_pull_request(replace(proposal(change, verdicts=verdicts), sizes={"AmazonS3FullAccess": 99}))
    row = "| `trailmin-S3` | inline | new, in place of `arn:aws:iam::aws:policy/AmazonS3FullAccess` | 4 | 3 | 99 |"
    assert row in text


def test_the_body_fits_two_screens_before_the_fold() -> None:
    assert len(body().split("<details>")[0].splitlines()) <= 80


def test_a_role_with_thousands_of_grants_fits_a_pull_request() -> None:
    wide = replace(USED, kept=("arn:aws:s3:::" + "k" * 900,) * 9, reason="r " * 400)
    many = tuple(
        replace(wide, action=f"{service}:{'A' * 40}{i}", verdict=verdict)
        for verdict in Verdict
        for service in ("s3", "ec2", "iam")
        for i in range(300)
    )
    text = render_pull_request(proposal(put(policy()), verdicts=many, notes=("n " * 500,) * 500))
    assert len(text) < 65_536
    assert "more are in `evidence.json`" in text


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_inert(text: str) -> None:
    for proposed in (hostile_proposal(text), replace(hostile_proposal(text), status=Status.WITHHELD)):
        markdown = render_pull_request(proposed)
        assert all(c == "\n" or unicodedata.category(c)[0] != "C" for c in markdown)
        blocks = MARKDOWN.parse(markdown)
        inner = [child for block in blocks for child in block.children or ()]
        kinds = {token.type for token in (*blocks, *inner)}
        assert not {k for k in kinds if k.startswith(("link", "image", "html_inline", "fence", "code_block", "hr"))}
        html = "".join(block.content for block in blocks if block.type == "html_block")
        assert re.sub(r"\s", "", html) in {
            "<details><summary>Evidenceofeverygrantthatstays</summary></details>",
        }
        prose = "".join(token.content for token in inner if token.type == "text")
        assert not set(prose) & set("@#<>&{}")
        assert "://" not in prose


def test_a_text_that_looks_like_a_template_is_not_evaluated() -> None:
    assert "49" not in render_pull_request(proposal(put(policy()), reason="{{ 7 * 7 }}")).split("\n")[2]


def test_a_reviewer_reads_how_sure_it_is() -> None:
    text = render_pull_request(replace(proposal(put(policy())), confidence=CONFIDENCE))
    assert "- On the last 9 of 45 days 2 of 12,408 calls would have been denied" in text
    assert "less than 0.01 percent" in text
    assert "the last new one on day 12 of 45." in text
    assert "How sure" not in render_pull_request(proposal(put(policy())))
