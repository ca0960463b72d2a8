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


def render_script(calls: Sequence[IamCall], *, title: str, account: str | None) -> str:
    """Return a bash script that makes the calls in their order and stops at the first that fails.

    Nothing is changed before the account is checked (where it is known) and every managed policy has room for a
    version. Documents are read from files beside the script.
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
    versioned = [call.policy_arn for call in calls if call.operation is Operation.CREATE_POLICY_VERSION]
    if versioned:
        yield _ROOM_CHECK
        yield from (f"require_room {shell_quote(arn or '')}\n" for arn in versioned)
    yield "\n"
    yield from (f"{_command(call)}\n" for call in calls)


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
