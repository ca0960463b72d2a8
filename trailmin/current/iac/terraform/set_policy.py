"""Statements put into the one inline policy that a permission set may have, which is made where there is none."""

import re
from collections.abc import Sequence

from trailmin.current.iac.sids import apart, sids_of
from trailmin.current.iac.splice import NotEditableError, SourceText, Splice, spliced
from trailmin.current.iac.terraform.hcl_writer import member_lines, statement_lines, value_lines
from trailmin.current.iac.terraform.listing_edit import edited_listing, line_indent
from trailmin.current.iac.terraform.module import Module
from trailmin.current.iac.terraform.paste import statement_value
from trailmin.current.iac.terraform.permission_sets import INLINE_POLICY
from trailmin.current.iac.terraform.policies import TerraformPolicy
from trailmin.current.iac.terraform.references import known_prefixes
from trailmin.current.iac.terraform.roles import ModuleContents, TerraformAttachment, TerraformRole
from trailmin.current.iac.terraform.statements import TerraformStatement
from trailmin.current.iac.yaml_text import Raw
from trailmin.current.source import SourceFile
from trailmin.policy import VERSION_2012, Statement


def with_statements(
    file: SourceFile,
    contents: ModuleContents,
    role: TerraformRole,
    attachment: TerraformAttachment,
    statements: Sequence[Statement],
) -> str:
    """Return a file's text with statements in a permission set's inline policy.

    Args:
        file: As it is now.
        contents: Of its module.
        role: The permission set.
        attachment: What the statements stand in for; it tells how instance and permission set are named.
        statements: To put behind those in force.

    Raises:
        NotEditableError: The policy in force is computed, shared, of another Version, or stands in another file.
    """
    source = SourceText(text=file.text)
    if role.exclusive:
        raise NotEditableError(f"{', '.join(role.exclusive)} is the permission set's inline policy, and is computed")
    if not role.policies:
        return spliced(file.text, [_resource(source, file, contents.module, role, attachment, statements)])
    policy = role.policies[0]
    if reason := policy.place.refusal or policy.loop:
        raise NotEditableError(reason)
    if policy.place.version != VERSION_2012:
        raise NotEditableError("the permission set's inline policy is of another Version")
    places = [place for place in policy.place.statements if isinstance(place, TerraformStatement)]
    if policy.document is None or not places or any(place.file.name != file.document.relative for place in places):
        raise NotEditableError("the permission set's inline policy stands in another file")
    added = apart(statements, sids_of([policy.place]))
    if policy.document.is_blocks:
        return spliced(file.text, [_blocks(source, contents.module, policy, added)])
    listing = places[-1].listing
    if listing is None:
        raise NotEditableError("the statements of the permission set's inline policy stand in no list")
    indent = line_indent(source, listing.children[0].start)
    known = known_prefixes(contents.module)
    values = [statement_value(statement, (), known, in_document=False) for statement in added]
    texts = [f"{source.newline}{indent}".join(value_lines(value)) for value in values]
    return spliced(file.text, edited_listing(source, listing, range(len(listing.children)), texts))


def _blocks(source: SourceText, module: Module, policy: TerraformPolicy, statements: Sequence[Statement]) -> Splice:
    """Blocks at the end of a data source that nothing else reads."""
    address = policy.document.address if policy.document is not None else ""
    block, _ = module.blocks[address]
    if len(readers := module.readers_of(address)) > 1:
        raise NotEditableError(f"{', '.join(readers)} are made of {address}")
    indent = line_indent(source, block.start) + "  "
    known = known_prefixes(module)
    lines: list[str] = []
    for statement in statements:
        lines += ["", *statement_lines(statement_value(statement, (), known, in_document=True))]
    text = "".join(f"{indent}{line}{source.newline}" if line else source.newline for line in lines)
    at = source.line_start(block.close)
    return Splice(start=at, end=at, new=text)


def _resource(
    source: SourceText,
    file: SourceFile,
    module: Module,
    role: TerraformRole,
    attachment: TerraformAttachment,
    statements: Sequence[Statement],
) -> Splice:
    """The resource of an inline policy below its permission set, or at the end of a file that has not the set."""
    instance = attachment.block.get("instance_arn")
    if instance is None or role.block is None or role.file is None:
        raise NotEditableError("it is not known how the permission set's instance is named")
    text_of = attachment.file.text
    arguments = {
        "instance_arn": Raw(text_of[instance.start : instance.end]),
        "permission_set_arn": Raw(text_of[attachment.role.start : attachment.role.end]),
    }
    known = known_prefixes(module)
    values = [statement_value(statement, (), known, in_document=False) for statement in apart(statements, ())]
    first, *rest = member_lines({"Version": VERSION_2012, "Statement": values})
    policy = ["inline_policy = jsonencode({", *(f"  {line}" for line in (first, *rest)), "})"]
    inner = [*member_lines(arguments, is_block=True), "", *policy]
    label = _free_label(module, role.block.labels[1])
    lines = [f'resource "{INLINE_POLICY}" "{label}" {{', *(f"  {line}" if line else "" for line in inner), "}"]
    is_here = role.file.name == file.document.relative
    at = source.line_end(role.block.end) if is_here else len(source.text)
    opening = source.newline if at == len(source.text) and not source.text.endswith("\n") else ""
    return Splice(start=at, end=at, new=opening + source.newline + "".join(f"{line}{source.newline}" for line in lines))


def _free_label(module: Module, label: str) -> str:
    label = re.sub(r"[^A-Za-z0-9_-]", "_", label)
    while f"{INLINE_POLICY}.{label}" in module.blocks:
        label = f"{label}_"
    return label
