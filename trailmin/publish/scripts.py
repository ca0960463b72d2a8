"""apply.sh and rollback.sh: the calls of a proposal as AWS CLI commands, every value one quoted word."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from trailmin.publish.calls import IamCall, Operation
from trailmin.report.escape import shell_comment, shell_quote, visible

_ACCOUNT_CHECK = """
caller=$(aws sts get-caller-identity --query Account --output text)
if [ "$caller" != {account} ]; then
  printf 'these credentials belong to account %s, not to %s, which the role is in\n' "$caller" {shown} >&2
  exit 1
fi
"""

_ROOM_CHECK = """
require_room() { # IAM keeps five versions of a managed policy
  local versions
  versions=$(aws iam list-policy-versions --policy-arn="$1" --query 'length(Versions)' --output text)
  if [ "$versions" -ge 5 ]; then
    echo "$1 has $versions versions, the most that IAM keeps." >&2
    echo "Delete one that is not the default: aws iam delete-policy-version --policy-arn '$1' --version-id ..." >&2
    exit 1
  fi
}
"""


_LOOK = """
force=${1-}
if [ "$force" != --force ] && ! command -v python3 >/dev/null; then
  echo 'python3 is needed to look whether the policies are still the same; --force does without' >&2
  exit 1
fi
# What a service answers where there is no policy; a name within its words does not stand in brackets.
none='\\((NoSuchEntity|NoSuchBucketPolicy|RepositoryPolicyNotFoundException|ResourceNotFoundException)\\)'
canonical() { # a policy document, so that what means the same is the same
  python3 -c '
import json, re, sys
def plain(value):
    if isinstance(value, dict):
        return {name: plain(member) for name, member in value.items()}
    if isinstance(value, list):
        members = sorted(map(plain, value), key=lambda member: json.dumps(member, sort_keys=True))
        return members[0] if len(members) == 1 else members
    # AWS writes an account that is a principal as the ARN of its root.
    root = re.fullmatch("arn:[^:]+:iam::([0-9]{12}):root", value) if isinstance(value, str) else None
    return root[1] if root else value if isinstance(value, str) else json.dumps(value)
found = json.load(sys.stdin)
if isinstance(found, str): # most services have documents as texts, and none as an empty one
    found = json.loads(found) if found else None
if found is not None:
    print(json.dumps(plain(found), sort_keys=True))'
}
written() { # FILE: what it says; nothing for no file
  [ -z "$1" ] || canonical <"$1"
}
in_force() { # COMMAND...: what AWS has; nothing where there is no such policy
  local found
  if found=$("$@" --output=json 2>&1); then
    printf '%s' "$found" | canonical
  elif ! [[ $found =~ $none ]]; then
    printf '%s\\n' "$found" >&2
    return 1
  fi
}
default_version() { # ARN OPTION...: the document of a managed policy
  local version
  version=$(aws iam get-policy --policy-arn="$1" --query=Policy.DefaultVersionId --output=text) || return 1
  aws iam get-policy-version --policy-arn="$1" --version-id="$version" --query=PolicyVersion.Document "${@:2}"
}
look() { # POLICY EXPECTED NEW COMMAND...: settled=yes where it is NEW already; stops where it is not EXPECTED either
  local policy=$1 expected new found
  settled=no
  [ "$force" != --force ] || return 0
  expected=$(written "$2")
  new=$(written "$3")
  shift 3
  found=$(in_force "$@")
  if [ "$found" = "$new" ]; then
    settled=yes
  elif [ "$found" != "$expected" ]; then
    printf 'the policy %s is not the one that was looked at; nothing was changed.\\n' "$policy" >&2
    echo 'Take a new snapshot and run trailmin again, or overwrite it with --force.' >&2
    exit 1
  fi
}
"""
"""Two roles may share a policy: the second script finds it as it is to be, and makes no further version of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a script sees whether a policy is the one that was looked at."""

    policy: str
    """What a person calls it."""
    expected_path: str | None
    """File with what is to be in force; None for nothing."""
    new_path: str | None
    """File with what it is to be; None for nothing."""
    command: tuple[str, ...]
    """What prints it as JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One command of a script."""

    command: tuple[str, ...]
    """Word by word."""
    look: Look | None = None
    versioned: str | None = None
    """ARN of the managed policy that it makes a version of."""


def render_script(calls: Sequence[IamCall], *, title: str, account: str | None) -> str:
    """Return a bash script that makes calls of IAM; see `render_steps`."""
    return render_steps([_step(call) for call in calls], title=title, account=account)


def render_steps(steps: Sequence[Step], *, title: str, account: str | None) -> str:
    """Return a bash script that makes the calls in their order and stops at the first that fails.

    Nothing is changed before the account is checked (where it is known), every policy is seen to be the one that was
    looked at (or to be as it is to be already), and every managed policy has room for a version. `--force` leaves out
    the look. Documents are read from files beside the script.
    """
    return "".join(_script(steps, title, account))


def render_commands(commands: Sequence[Sequence[str]], *, title: str, account: str | None) -> str:
    """Return a bash script that runs commands, given word by word, in their order; it stops at the first that fails.

    Nothing is changed before the account is checked, where it is known.
    """
    lines = (_line(command) for command in commands)
    return "".join((*_head(title, account), "\n", *(f"{line}\n" for line in lines)))


def _line(words: Iterable[str]) -> str:
    return " ".join(shell_quote(word) for word in words)


def _head(title: str, account: str | None) -> Iterator[str]:
    yield f"#!/usr/bin/env bash\n# {shell_comment(title)}\nset -euo pipefail\n"
    yield "CDPATH='' cd -- \"$(dirname -- \"$0\")\"\nexport AWS_PAGER='' AWS_CLI_FILE_ENCODING=UTF-8\n"
    if account is not None:
        yield _ACCOUNT_CHECK.format(account=shell_quote(account), shown=shell_quote(visible(account)))


def _script(steps: Sequence[Step], title: str, account: str | None) -> Iterator[str]:
    yield from _head(title, account)
    looks = dict.fromkeys(step.look for step in steps if step.look is not None)
    settled = {look: f"settled_{number}" for number, look in enumerate(looks, start=1)}
    if settled:
        yield _LOOK
        yield from (f"{_look(look)}\n{name}=$settled\n" for look, name in settled.items())
    versioned = [step for step in steps if step.versioned is not None]
    if versioned:
        yield _ROOM_CHECK
        yield from (f"{_unless(step, settled)}require_room {shell_quote(step.versioned or '')}\n" for step in versioned)
    yield "\n"
    yield from (f"{_unless(step, settled)}{_line(step.command)}\n" for step in steps)


def _unless(step: Step, settled: Mapping[Look, str]) -> str:
    return f'[ "${settled[step.look]}" = yes ] || ' if step.look is not None else ""


def _look(look: Look) -> str:
    return _line(["look", visible(look.policy), look.expected_path or "", look.new_path or "", *look.command])


_LOOKED_AT = frozenset({Operation.PUT_ROLE_POLICY, Operation.DELETE_ROLE_POLICY, Operation.CREATE_POLICY_VERSION})


def _step(call: IamCall) -> Step:
    is_version = call.operation is Operation.CREATE_POLICY_VERSION
    return Step(
        command=tuple(_command(call)),
        look=_look_of(call) if call.operation in _LOOKED_AT else None,
        versioned=call.policy_arn or "" if is_version else None,
    )


def _look_of(call: IamCall) -> Look:
    held = (f"--role-name={call.role_name}", f"--policy-name={call.policy_name}", "--query=PolicyDocument")
    is_version = call.operation is Operation.CREATE_POLICY_VERSION
    return Look(
        policy=call.policy_arn or call.policy_name or "",
        expected_path=call.expected_path,
        new_path=call.document_path,
        command=("default_version", call.policy_arn or "") if is_version else ("aws", "iam", "get-role-policy", *held),
    )


def _command(call: IamCall) -> Iterator[str]:
    yield from ("aws", "iam", cli_name(call.operation))
    options = {
        "role-name": call.role_name,
        "policy-name": call.policy_name,
        "policy-arn": call.policy_arn,
        "policy-document": f"file://{call.document_path}" if call.document_path else None,
    }
    # "--name=value" in one word: a value that starts with a dash is no option.
    yield from (f"--{name}={value}" for name, value in options.items() if value is not None)
    if call.operation is Operation.CREATE_POLICY_VERSION:
        yield "--set-as-default"


def cli_name(operation: str) -> str:
    """Return an operation or a parameter as the AWS CLI writes it: PutRolePolicy is put-role-policy."""
    return re.sub(r"(?<=.)(?=[A-Z])", "-", operation).lower()
