"""Write docs/configuration.md from the keys that `trailmin.config` knows.

`python docs/fill_configuration.py` writes it; with `--check` it only tells, by its exit code, whether it is up to date.
A key without a row here, or a row without a key, is an error.
"""

import sys
from dataclasses import dataclass, fields
from pathlib import Path

from trailmin.config import AwsConfig, Config, PullRequestConfig, known_keys

PAGE = Path(__file__).resolve().parent / "configuration.md"


@dataclass(frozen=True, slots=True)
class Row:
    """What the page says of a key beside its name and whether it must be there."""

    form: str
    meaning: str
    example: str
    """A value as TOML writes it."""
    default: str | None = None
    """Where that of `Config` is None: what is done then."""


_PATHS, _TEXTS = "list of paths", "list of texts"
_REQUESTS = "list of requests"

ROWS = {
    "trail.sources": Row(
        "list of texts",
        "Where log objects come from: folders, files, `s3://BUCKET/PREFIX`, `lookup-events`.",
        '["s3://org-trail", "logs"]',
    ),
    "trail.days": Row("whole number, 1 or more", "Only what was delivered in the last so many days.", "3", "all days"),
    "trail.accounts": Row(_TEXTS, "Only log objects of these accounts; none: of all.", '["111122223333"]'),
    "trail.regions": Row(_TEXTS, "Only log objects of these regions; none: of all.", '["eu-west-1"]'),
    "trail.profile": Row("text", "Profile of the AWS configuration.", '"audit"', "AWS's own order"),
    "trail.assume_role": Row(
        "text", "Role to read the logs as.", '"arn:aws:iam::222233334444:role/log-reader"', "none is assumed"
    ),
    "trail.external_id": Row("text", "External id for that role.", '"example"', "none"),
    "trail.endpoint_url": Row(
        "text", "Another endpoint than AWS's, as for a VPC endpoint.", '"https://s3.example.com"', "AWS's"
    ),
    "trail.requester_pays": Row("true or false", "Pay for requests to a bucket that asks for it.", "true"),
    "trail.workers": Row("whole number, 1 or more", "Processes that read log objects.", "2", "one a core"),
    "trail.engine": Row('"local" or "spark"', "Where tasks run; see [scale](scale.md).", '"local"'),
    "trail.verify_digests": Row(
        '"require", "warn" or "off"',
        "Whether only log objects that CloudTrail vouches for are evidence; see [verified logs](verified-logs.md).",
        '"require"',
    ),
    "trail.public_keys": Row(
        _PATHS, "What `aws cloudtrail list-public-keys` prints; without it AWS is asked.", '["keys.json"]'
    ),
    "lake.path": Row("path or `s3://BUCKET/PREFIX`", "The lake; made where there is none.", '"lake"'),
    "current.paths": Row(
        _PATHS, "Snapshots, policy documents and templates in force; see [current](current.md).", '["snapshots"]'
    ),
    "output.path": Row("path", "The folder for proposals, `summary.json` and `report.html`.", '"out"'),
    "output.format": Row(
        "a language of `trailmin render`",
        "Also write new policies in the language to keep them in.",
        '"terraform"',
        "none",
    ),
    "guards.minimum_days": Row("whole number, 0 or more", "Shortest window that may remove anything.", "45", "30"),
    "guards.minimum_active_days": Row("whole number, 0 or more", "Fewest days with activity of the role.", "10", "7"),
    "guards.maximum_missing_days": Row(
        "number from 0 to 1", "Largest share of the window's days that may lack logs.", "0.02", "0.05"
    ),
    "guards.ignore": Row("true or false", "Propose even where the evidence is thin.", "true"),
    "tighten.resources": Row(
        '"exact", "pattern" or "parent"',
        "Name just the resources seen, patterns learned from them, or what contains them.",
        '"exact"',
        '"pattern"',
    ),
    "tighten.mode": Row(
        '"observe", "narrow-actions", "narrow-resources" or "full"',
        "The step of a rollout: which kinds of change are proposed.",
        '"narrow-actions"',
        '"full"',
    ),
    "tighten.drop_unobservable": Row(
        "list of service prefixes", "Remove of these services what no log could have shown.", '["xray"]'
    ),
    "tighten.add_conditions": Row(
        'list of "source-vpce", "source-vpc", "requested-region"',
        "Conditions to add where all use had the same few values; see [conditions](conditions.md).",
        '["source-vpce"]',
    ),
    "tighten.abac": Row("true or false", "Grant by tags in place of long lists of resources.", "true"),
    "tighten.resource_policies": Row("true or false", "Also propose policies on resources.", "true"),
    "tighten.trust": Row("true or false", "Also propose trust policies.", "true"),
    "tighten.keep_roles": Row("list of globs", "Roles by name that are left alone.", '["break-glass-*"]'),
    "tighten.keep_actions": Row("list of action patterns", "Actions whose grants stay.", '["kms:Decrypt"]'),
    "tighten.keep_resources": Row("list of ARN patterns", "Resources whose grants stay.", '["arn:aws:s3:::audit*"]'),
    "guardrails.must_never": Row(
        _REQUESTS,
        "Asked of every role and proposal; what is allowed all the same is a finding.",
        '[{ action = "iam:CreateUser" }]',
    ),
    "guardrails.must_always": Row(
        _REQUESTS,
        "A proposal that would deny one of them is withheld.",
        '[{ action = "s3:GetObject", resource = "arn:aws:s3:::config/*", roles = ["ci-*"] }]',
    ),
    "aws.accounts": Row(
        _TEXTS, "Accounts to ask for the state in force; none: that of the credentials.", '["111122223333"]'
    ),
    "aws.organization": Row("true or false", "Ask all active accounts of the organization.", "true"),
    "aws.assume_role_name": Row(
        "text", "Role to assume in each account, with its path.", '"security/trailmin-read"', "none is assumed"
    ),
    "aws.external_id": Row("text", "External id for that role.", '"example"', "none"),
    "aws.regions": Row(_TEXTS, "Regions in use; none: all that an account has enabled.", '["eu-west-1"]'),
    "aws.profile": Row("text", "Profile of the AWS configuration.", '"audit"', "AWS's own order"),
    "aws.endpoint_url": Row("text", "Another endpoint than AWS's.", '"https://aws.example.com"', "AWS's"),
    "aws.stacks": Row(
        _TEXTS,
        "Stacks that templates are deployed as, by name or ARN: AWS is asked for their parameters and physical ids.",
        '["orders-prod"]',
    ),
    "pull_request.repo": Row(
        "path", "A git repository; with it `run` commits what it proposes.", '"infrastructure"', "nothing is committed"
    ),
    "pull_request.per": Row('"role", "team" or "run"', "What a branch holds.", '"team"'),
    "pull_request.branch": Row(
        "text", "Name of the branch, or how names begin.", '"least-privilege"', "trailmin's own"
    ),
    "pull_request.base": Row("text", "Branch to start from and to merge into.", '"main"', "the one checked out"),
    "pull_request.remote": Row("text", "The remote that is pushed to.", '"upstream"'),
    "pull_request.author": Row("`Name <mail>`", "Author of commits.", '"Night Job <job@example.com>"', "git's own"),
    "pull_request.sign_off": Row("true or false", "Add a `Signed-off-by` line.", "true"),
    "pull_request.labels": Row(_TEXTS, "Labels of pull requests.", '["least-privilege"]'),
    "pull_request.codeowners": Row(
        "path in the repository", "The CODEOWNERS file.", '".github/CODEOWNERS"', "where GitHub looks"
    ),
    "pull_request.open": Row("true or false", "Push, and open or update pull requests on GitHub.", "true"),
    "pull_request.base_url": Row(
        "URL", "GitHub's REST API, for Enterprise.", '"https://github.example.com/api/v3"', "GitHub's"
    ),
    "pull_request.repository": Row(
        "`owner/name`", "The repository on GitHub.", '"acme/infrastructure"', "told by the remote"
    ),
}

INTRODUCTION = """# The configuration: trailmin.toml
<!-- Written by `make docs` from docs/fill_configuration.py. -->

`trailmin run -c trailmin.toml` reads all of it; `trailmin tighten -c` takes guards and options from it. Paths are
relative to the file's own folder. An unknown key, or a value of the wrong kind, ends the run with exit code 1 before
anything is read, and the message has the line:

```text
trailmin.toml:14: unknown key tighten.keep_action
  did you mean keep_actions?
```

A request of `[guardrails]` is a table: `action` (the full name of one action), `resource` (an ARN with `*` and `?`;
`"*"` where it is left out), `roles` (globs of names and ARNs; all where left out) and `context` (condition keys and
their values).
"""


def page() -> str:
    """Return the page.

    Raises:
        KeyError: A key has no row, or a row no key.
    """
    keys = known_keys()
    if odd := {f"{section}.{name}" for section, names in keys.items() for name in names} ^ ROWS.keys():
        raise KeyError(f"docs/fill_configuration.py and trailmin.config differ in {sorted(odd)}")
    sections = [_section(section, names) for section, names in keys.items()]
    return "\n".join([INTRODUCTION, *sections, _whole(keys)])


def _section(section: str, names: dict[str, tuple[str, bool]]) -> str:
    head = f"## [{section}]\n| key | type | default | meaning | example |\n|---|---|---|---|---|\n"
    lines = [_line(name, ROWS[f"{section}.{name}"], *known) for name, known in names.items()]
    return head + "\n".join(lines) + "\n"


def _line(name: str, row: Row, field: str, is_required: bool) -> str:
    default = "must be given" if is_required else row.default or _default_of(field)
    return f"| `{name}` | {row.form} | {default} | {row.meaning} | `{row.example}` |"


def _default_of(field: str) -> str:
    section, _, name = field.rpartition(".")
    owner = {"pull_request": PullRequestConfig, "aws": AwsConfig}.get(section, Config)
    [default] = [one.default for one in fields(owner) if one.name == name]
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, tuple):
        return "none" if not default else ", ".join(map(str, default))
    return f'"{default}"' if isinstance(default, str) else str(default)


def _whole(keys: dict[str, dict[str, tuple[str, bool]]]) -> str:
    text = "\n\n".join(
        f"[{section}]\n" + "\n".join(f"{name} = {ROWS[f'{section}.{name}'].example}" for name in names)
        for section, names in keys.items()
    )
    words = "With the values of the examples; only those that must be given have to be there."
    return f"## All of it\n{words}\n\n```toml\n{text}\n```\n"


def main() -> int:
    """Write or check the page; returns the exit code."""
    text = page()
    if "--check" in sys.argv[1:]:
        return int(PAGE.read_text(encoding="utf-8") != text)
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
