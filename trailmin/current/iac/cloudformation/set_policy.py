"""Statements put into the one inline policy that a permission set may have."""

from collections.abc import Mapping
from typing import Any

from trailmin.current.iac.cloudformation.permission_sets import INLINE_POLICY
from trailmin.current.iac.cloudformation.template_dialect import TemplateDialect
from trailmin.current.iac.splice import NotEditableError, SourceText, spliced
from trailmin.current.iac.statement_edit import StatementEditor
from trailmin.current.iac.tree import SourceNode
from trailmin.policy import VERSION_2012


def with_statements(text: str, properties: SourceNode, document: Mapping[str, Any], dialect: TemplateDialect) -> str:
    """Return a template's text with statements in a permission set's inline policy, which is made where there is none.

    Args:
        text: Of the template.
        properties: Of the permission set.
        document: A policy with the statements, as values to print.
        dialect: Of the template.

    Raises:
        NotEditableError: The policy in force is computed, or of another Version.
    """
    editor = StatementEditor(source=SourceText(text=text), dialect=dialect)
    held = properties.member(INLINE_POLICY)
    if held is None:
        return spliced(text, editor.append_member(properties, INLINE_POLICY, document))
    element, version = held.value.get("Statement"), held.value.get("Version")
    if element is None or not element.items or element.tag is not None or element.is_shared:
        raise NotEditableError("the permission set's InlinePolicy is computed, or shared by an anchor")
    if version is None or version.value != VERSION_2012:
        raise NotEditableError("the permission set's InlinePolicy is of another Version")
    return spliced(text, editor.append_items(element, document["Statement"]))
