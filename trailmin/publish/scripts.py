"""apply.sh and rollback.sh: the calls of a proposal as AWS CLI commands, every value one quoted word."""

import re
from collections.abc import Iterator, Sequence

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
canonical() { # a policy document, so that what means the same is the same
  python3 -c '
import json, sys
def plain(value):
    if isinstance(value, dict):
        return {name: plain(member) for name, member in value.items()}
    if isinstance(value, list):
        members = sorted(map(plain, value), key=lambda member: json.dumps(member, sort_keys=True))
        return members[0] if len(members) == 1 else members
    return value if isinstance(value, str) else json.dumps(value)
print(json.dumps(plain(json.load(sys.stdin)), sort_keys=True))'
}
written() { # FILE: what it says; nothing for no file
  [ -z "$1" ] || canonical <"$1"
}
in_force() { # COMMAND...: what AWS has; nothing where there is no such policy
  local found
  if found=$("$@" --output=json 2>&1); then
    printf '%s' "$found" | canonical
  elif [[ $found != *NoSuchEntity* ]]; then
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


def render_script(calls: Sequence[IamCall], *, title: str, account: str | None) -> str:
    """Return a bash script that makes the calls in their order and stops at the first that fails.

    Nothing is changed before the account is checked (where it is known), every policy is seen to be the one that was
    looked at (or to be as it is to be already), and every managed policy has room for a version. `--force` leaves out
    the look. Documents are read from files beside the script.
    """
    return "".join(_script(calls, title, account))


def render_commands(commands: Sequence[Sequence[str]], *, title: str, account: str | None) -> str:
    """Return a bash script that runs commands, given word by word, in their order; it stops at the first that fails.

    Nothing is changed before the account is checked, where it is known.
    """
    lines = (" ".join(shell_quote(word) for word in command) for command in commands)
    return "".join((*_head(title, account), "\n", *(f"{line}\n" for line in lines)))


def _head(title: str, account: str | None) -> Iterator[str]:
    yield f"#!/usr/bin/env bash\n# {shell_comment(title)}\nset -euo pipefail\n"
    yield "CDPATH='' cd -- \"$(dirname -- \"$0\")\"\nexport AWS_PAGER='' AWS_CLI_FILE_ENCODING=UTF-8\n"
    if account is not None:
        yield _ACCOUNT_CHECK.format(account=shell_quote(account), shown=shell_quote(visible(account)))


def _script(calls: Sequence[IamCall], title: str, account: str | None) -> Iterator[str]:
    yield from _head(title, account)
    looked_at = {
        call: f"settled_{number}" for number, call in enumerate(calls, start=1) if call.operation in _LOOKED_AT
    }
    if looked_at:
        yield _LOOK
        yield from (f"{_look(call)}\n{name}=$settled\n" for call, name in looked_at.items())
    versioned = [call for call in calls if call.operation is Operation.CREATE_POLICY_VERSION]
    if versioned:
        yield _ROOM_CHECK
        for call in versioned:
            yield f"{_unless(looked_at.get(call))}require_room {shell_quote(call.policy_arn or '')}\n"
    yield "\n"
    yield from (f"{_unless(looked_at.get(call))}{_command(call)}\n" for call in calls)


_LOOKED_AT = frozenset({Operation.PUT_ROLE_POLICY, Operation.DELETE_ROLE_POLICY, Operation.CREATE_POLICY_VERSION})


def _unless(variable: str | None) -> str:
    return f'[ "${variable}" = yes ] || ' if variable is not None else ""


def _look(call: IamCall) -> str:
    words = ["look", visible(call.policy_arn or call.policy_name or ""), call.expected_path or ""]
    words.append(call.document_path or "")
    if call.operation is Operation.CREATE_POLICY_VERSION:
        words += ["default_version", call.policy_arn or ""]
    else:
        words += ["aws", "iam", "get-role-policy", f"--role-name={call.role_name}", f"--policy-name={call.policy_name}"]
        words.append("--query=PolicyDocument")
    return " ".join(shell_quote(word) for word in words)


def _command(call: IamCall) -> str:
    options = {
        "role-name": call.role_name,
        "policy-name": call.policy_name,
        "policy-arn": call.policy_arn,
        "policy-document": f"file://{call.document_path}" if call.document_path else None,
    }
    # "--name=value" in one word: a value that starts with a dash is no option.
    words = [shell_quote(f"--{name}={value}") for name, value in options.items() if value is not None]
    if call.operation is Operation.CREATE_POLICY_VERSION:
        words.append("--set-as-default")
    return " ".join(("aws", "iam", _cli_name(call.operation), *words))


def _cli_name(operation: Operation) -> str:
    """The AWS CLI writes operations in lower case with dashes: PutRolePolicy is put-role-policy."""
    return re.sub(r"(?<=.)(?=[A-Z])", "-", operation).lower()
