"""Policies and attachments that go, and inline policies that stand in for attachments."""

import re
from collections.abc import Sequence

from trailmin.current.iac.splice import NotEditableError, SourceText, Splice
from trailmin.current.iac.terraform.hcl_tree import Block
from trailmin.current.iac.terraform.hcl_writer import member_lines, quoted
from trailmin.current.iac.terraform.listing_edit import edited_listing, line_indent, removed_lines
from trailmin.current.iac.terraform.module import Module
from trailmin.current.iac.terraform.paste import statement_value, statements_after
from trailmin.current.iac.terraform.policies import TerraformPolicy
from trailmin.current.iac.terraform.references import known_prefixes
from trailmin.current.iac.terraform.roles import ModuleContents, TerraformAttachment, TerraformRole
from trailmin.current.iac.yaml_text import Raw
from trailmin.current.source import SourceFile
from trailmin.current.source_edit import SourceChange
from trailmin.policy import VERSION_2012, Statement


def removed_policy(
    source: SourceText, file: SourceFile, policy: TerraformPolicy, contents: ModuleContents
) -> list[Splice]:
    """Take out an inline policy, and the document that only it is made of.

    Raises:
        NotEditableError: It stands elsewhere, in a loop, or something refers to it.
    """
    if reason := policy.stays or policy.loop:
        raise NotEditableError(reason)
    _check(file, policy.block_file.name, policy.resource)
    if policy.block.type == "resource":
        _check_readers(contents.module, policy.resource)
    splices = [removed_lines(source, policy.block.start, policy.block.end)]
    address = policy.document.address if policy.document is not None else ""
    if address and policy.file.name == file.document.relative:
        block, _ = contents.module.blocks[address]
        others = [r for r in contents.module.readers_of(address) if not _is_within(r, policy.block, file)]
        if not others:
            splices.append(removed_lines(source, block.start, block.end))
    return splices


def detached(
    source: SourceText, file: SourceFile, attachment: TerraformAttachment, contents: ModuleContents
) -> list[Splice]:
    """Take out an attachment.

    Raises:
        NotEditableError: It stands elsewhere, in a loop, or something refers to it.
    """
    if attachment.reason:
        raise NotEditableError(attachment.reason)
    _check(file, attachment.file.name, attachment.resource)
    if attachment.listing is not None:
        kept = [at for at in range(len(attachment.listing.children)) if at != attachment.index]
        if kept:
            return edited_listing(source, attachment.listing, kept, ())
        # The empty list stays: without it, Terraform would no longer manage what is attached.
        return [Splice(start=attachment.listing.start, end=attachment.listing.end, new="[]")]
    _check_readers(contents.module, attachment.resource)
    return [removed_lines(source, attachment.block.start, attachment.block.end)]


def with_inline_policy(
    source: SourceText,
    file: SourceFile,
    role: TerraformRole,
    attachment: TerraformAttachment,
    change: SourceChange,
    contents: ModuleContents,
) -> tuple[list[Splice], list[Statement]]:
    """Put an inline policy in an attachment's place; return what it stands for too.

    Raises:
        NotEditableError: The attachment cannot be taken out, or all inline policies of the role are listed elsewhere.
    """
    if role.exclusive:
        raise NotEditableError(f"{', '.join(role.exclusive)} lists the inline policies of the role")
    gone = detached(source, file, attachment, contents)
    meant = [statement for statement, _ in statements_after(change)]
    holders = role.block.of_type("inline_policy") if role.block is not None else ()
    if holders and role.file is not None:
        _check(file, role.file.name, role.place.address)
        last = holders[-1]
        lines = _inline_block(change.name, meant, contents.module)
        added = _below(source, last, lines, blank=False)
    else:
        lines = _resource(change.name, meant, _role_text(attachment, role), contents.module)
        added = _below(source, attachment.block, lines, blank=True)
    if attachment.listing is None and not holders:
        # It takes the place of the resource that goes.
        indent = line_indent(source, attachment.block.start)
        text = source.newline.join(f"{indent}{line}" if line else "" for line in lines)[len(indent) :]
        return [Splice(start=attachment.block.start, end=attachment.block.end, new=text)], meant
    return [*gone, added], meant


def _below(source: SourceText, block: Block, lines: Sequence[str], *, blank: bool) -> Splice:
    indent = line_indent(source, block.start)
    at = source.line_end(block.end)
    newline = source.newline
    text = "".join(f"{indent}{line}{newline}" if line else newline for line in lines)
    opening = newline if at == len(source.text) and not source.text.endswith("\n") else ""
    return Splice(start=at, end=at, new=f"{opening}{newline if blank else ''}{text}")


def _role_text(attachment: TerraformAttachment, role: TerraformRole) -> str:
    text = attachment.file.text[attachment.role.start : attachment.role.end]
    if attachment.listing is not None and role.block is not None and role.block is attachment.block:
        return f"aws_iam_role.{role.block.labels[1]}.name"
    return text


def _document(statements: Sequence[Statement], module: Module) -> list[str]:
    known = known_prefixes(module)
    values = [statement_value(statement, (), known, in_document=False) for statement in statements]
    first, *rest = ["jsonencode({", *(f"  {line}" for line in member_lines(_json(values))), "})"]
    return [f"policy = {first}", *rest]


def _json(values: Sequence[object]) -> dict[str, object]:
    return {"Version": VERSION_2012, "Statement": values}


def _inline_block(name: str, statements: Sequence[Statement], module: Module) -> list[str]:
    inner = [f"name = {quoted(name)}", "", *_document(statements, module)]
    return ["inline_policy {", *(f"  {line}" if line else "" for line in inner), "}"]


def _resource(name: str, statements: Sequence[Statement], role: str, module: Module) -> list[str]:
    label = re.sub(r"[^A-Za-z0-9_]", "_", name)
    label = label if label[:1].isalpha() else f"_{label}"
    while f"aws_iam_role_policy.{label}" in module.blocks:
        label = f"{label}_"
    arguments = member_lines({"name": name, "role": Raw(role)}, is_block=True)
    inner = [*arguments, "", *_document(statements, module)]
    opening = f'resource "aws_iam_role_policy" "{label}" {{'
    return [opening, *(f"  {line}" if line else "" for line in inner), "}"]


def _check(file: SourceFile, name: str, what: str) -> None:
    if name != file.document.relative:
        raise NotEditableError(f"{what} stands in {name}")


def _check_readers(module: Module, address: str) -> None:
    if readers := module.readers_of(address):
        raise NotEditableError(f"{', '.join(readers)} refers to {address}")


def _is_within(reader: str, block: Block, file: SourceFile) -> bool:
    path, _, line = reader.rpartition(":")
    first, last = (file.text.count("\n", 0, at) + 1 for at in (block.start, block.end))
    return path == file.document.relative and first <= int(line) <= last
