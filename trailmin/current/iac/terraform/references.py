"""What a module can refer to: physical ARNs, and how they are written."""

import re
from functools import lru_cache

from trailmin.current.iac.spelling import Hole, KnownPrefix
from trailmin.current.iac.terraform.evaluation import Scope, variable_or_local
from trailmin.current.iac.terraform.module import Module
from trailmin.current.iac.terraform.resource_types import TERRAFORM_TYPES

_WHOLE_ARN = re.compile(r"arn:[^*?]+")


@lru_cache(maxsize=16)
def known_prefixes(module: Module) -> tuple[KnownPrefix, ...]:
    """Return what a module can refer to, physical ARNs and its account, longest first; resources before variables."""
    found: list[tuple[int, str, str]] = []
    for address, (block, file) in module.blocks.items():
        if block.labels[0] not in TERRAFORM_TYPES and f"{address}.arn" not in module.values:
            continue
        is_many = block.get("for_each") is not None or block.get("count") is not None
        for index in module.instances(address) or (() if is_many else ("",)):
            arn = Scope(module=module, file=file).attribute(address, index, "arn")
            if arn is not None and _WHOLE_ARN.fullmatch(arn):
                found.append((0, f"{address}{index}.arn", arn))
    for name in (*(f"var.{n}" for n in module.declared), *(f"local.{n}" for n in module.locals)):
        value = variable_or_local(module, name)
        if value is not None and _WHOLE_ARN.fullmatch(value):
            found.append((1, name, value))
    account = module.values.get("AWS::AccountId")
    callers = [address for address in module.blocks if address.startswith("data.aws_caller_identity.")]
    if account is not None and callers:
        found.append((0, f"{min(callers)}.account_id", account))
    found.sort(key=lambda entry: (-len(entry[2]), entry))
    return tuple(KnownPrefix(value=value, spelling=(Hole(expression=name, value=value),)) for _, name, value in found)
