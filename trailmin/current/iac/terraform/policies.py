"""Policies of a module and where they stand."""

import json
from dataclasses import dataclass

from trailmin.current.iac.dialect import UnreadableError
from trailmin.current.iac.places import Cut, PolicyPlace
from trailmin.current.iac.terraform.documents import Document, read_document
from trailmin.current.iac.terraform.evaluation import Scope
from trailmin.current.iac.terraform.hcl_tree import Block, Expression, Interpolation, Template, Traversal
from trailmin.current.iac.terraform.instances import Instance
from trailmin.current.iac.terraform.module import ModuleFile
from trailmin.current.iac.terraform.statements import TerraformStatement
from trailmin.current.model import PolicyKind


@dataclass(frozen=True, slots=True, kw_only=True)
class TerraformPolicy:
    """A policy and where it stands."""

    place: PolicyPlace
    file: ModuleFile
    """Where its statements stand."""
    document: Document | None
    """None where its text is the state's."""
    block: Block
    """The resource, or the `inline_policy` of a role."""
    block_file: ModuleFile
    resource: str
    """The resource's address."""
    loop: str = ""
    """Why it cannot go for this instance alone."""
    stays: str = ""
    """Why it cannot go."""


def policy_of(
    one: Instance, place: PolicyPlace, document: Document | None, *, block: Block | None = None, stays: str = ""
) -> TerraformPolicy:
    """Return a policy of an instance of a resource.

    Args:
        one: The instance.
        place: What the policy stands for.
        document: Where its statements stand; None where their text is the state's, or the resource's own arguments.
        block: What holds it, where that is not the resource itself.
        stays: Why it cannot go.
    """
    return TerraformPolicy(
        place=place,
        file=document.file if document is not None else one.scope.file,
        document=document,
        block=block or one.block,
        block_file=one.scope.file,
        resource=one.address,
        loop=one.loop,
        stays=stays,
    )


def policy_place(
    one: Instance, node: Expression | None, *, kind: PolicyKind, name: str, argument: str = "policy"
) -> tuple[PolicyPlace, Document | None] | str:
    """Return the policy that an argument stands for, as the code has it, else as the state has it, or why neither does.

    The address is the resource's, with the argument behind it where that is not `policy`.
    """
    if node is None:
        return f"{one.key} has no {argument}"
    try:
        document: Document | None = read_document(node, one.scope)
        statements = document.statements if document is not None else ()
        version, refusal = (document.version if document is not None else None), one.loop
    except UnreadableError as error:
        found = _of_state(one, argument)
        if found is None:
            return f"{one.key} cannot be read: {error.message}"
        document, (version, statements) = None, found
        refusal = one.loop or error.message
    place = PolicyPlace(
        address=one.key if argument == "policy" else f"{one.key}/{argument}",
        kind=kind,
        name=name,
        version=version,
        statements=statements,
        cut=Cut(is_conditional=one.is_conditional),
        refusal=refusal or None,
    )
    return place, document


def _of_state(one: Instance, argument: str) -> tuple[str | None, tuple[TerraformStatement, ...]] | None:
    """The policy that the state has; None where it has none."""
    text = one.scope.module.values.get(f"{one.key}.{argument}")
    value = json.loads(text) if text else None
    if not isinstance(value, dict) or "Statement" not in value:
        return None
    listed = value["Statement"] if isinstance(value["Statement"], list) else [value["Statement"]]
    return value.get("Version"), tuple(
        TerraformStatement(node=None, file=one.scope.file, json=statement) for statement in listed
    )


def resource_key(scope: Scope, node: Expression, kind: str) -> str | None:
    """Return the address with index of the resource of a type that an expression names, None for any other."""
    if isinstance(node, Template) and len(node.parts) == 1 and isinstance(node.parts[0], Interpolation):
        node = node.parts[0].expression or node
    if not isinstance(node, Traversal) or node.steps[0] != kind or len(node.steps) < 2:
        return None
    steps = scope.constant_steps(node)
    index = steps[2] if len(steps) > 2 and steps[2].startswith("[") else ""
    return f"{kind}.{steps[1]}{index}"
