"""The new policies of a proposal, written anew in the language that they are to be kept in."""

from collections.abc import Mapping
from dataclasses import dataclass

from trailmin.errors import PublishError
from trailmin.publish.change_files import files_of_changes
from trailmin.report.render import RenderFormat, render_text
from trailmin.synth.model import Proposal

_SUFFIXES: Mapping[RenderFormat, str] = {
    RenderFormat.TERRAFORM: "tf",
    RenderFormat.CLOUDFORMATION: "cloudformation.yaml",
    RenderFormat.SAM: "sam.yaml",
    RenderFormat.SERVERLESS: "serverless.yml",
    RenderFormat.CDK_PYTHON: "py",
    RenderFormat.CDK_TYPESCRIPT: "ts",
}
"""Of JSON there is none: each new policy is written as JSON anyway."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """What was written, and what could not be."""

    texts: Mapping[str, str]
    """By path below the role's folder."""
    refused: tuple[str, ...]
    """A sentence for each policy that the language cannot hold."""


def rendered_policies(proposal: Proposal, language: RenderFormat | None) -> Rendered:
    """Return each new policy of a proposal in a language, beside its JSON; nothing for None."""
    texts: dict[str, str] = {}
    refused: list[str] = []
    if language is None or language not in _SUFFIXES or not proposal.is_emitted:
        return Rendered(texts=texts, refused=())
    for files in files_of_changes(proposal):
        if (text := files.change.new_text) is None:
            continue
        name = files.change.name
        try:
            texts[f"policies/{files.stem}.{_SUFFIXES[language]}"] = render_text(text, name, language)
        except PublishError as error:
            refused.append(f"policy {name} is not written as {language.value}: {error.message}")
    return Rendered(texts=texts, refused=tuple(refused))
