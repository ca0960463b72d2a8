"""Where a policy is kept: a document of its own, or a place in a file of infrastructure code."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path

_SUFFIX = re.compile(r"[A-Za-z0-9]{12,13}")
"""What CloudFormation ends a name with that it makes up (User Guide, "Name type")."""

_ROLE_NAME_LIMIT = 64
"""IAM's longest role name; CloudFormation cuts stack name and logical id so that the name fits."""


class SourceFormat(StrEnum):
    """What a file of infrastructure code is written in."""

    CLOUDFORMATION = "cloudformation"
    SAM = "sam"
    CDK = "cdk"
    """A template that `cdk synth` wrote: it can be read, not edited."""
    SERVERLESS = "serverless"
    TERRAFORM = "terraform"


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentPath:
    """A file that a team keeps a policy in."""

    root: Path
    """Where a patch applies: the git repository's top level, else the folder that was given."""
    relative: str
    """POSIX path below `root`."""

    @property
    def path(self) -> Path:
        """The file itself."""
        return self.root / self.relative


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What an expression of the source stands for once it is deployed."""

    expression: str
    """As the format names it within a text: `Table.Arn`, `AWS::Region`, `aws_s3_bucket.uploads.arn`, `var.stage`."""
    value: str
    """The physical ARN, name or value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """A file of infrastructure code, and what is known of the values that its expressions stand for."""

    document: DocumentPath
    format: SourceFormat
    text: str = field(repr=False)
    """As it was read: line ends kept, without a byte order mark."""
    values: tuple[Reference, ...] = field(default=(), repr=False)
    """From parameters, outputs of AWS's tools and the snapshot; sorted by expression."""
    stacks: tuple[str, ...] = field(default=(), repr=False)
    """What AWS told of stacks that it may be deployed as, each as the text of a file beside it would be."""
    siblings: tuple["SourceFile", ...] = field(default=(), repr=False)
    """The other files that are read together with it (a Terraform module's)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePlace:
    """Where in a file a policy stands, or the attachment of a managed one."""

    file: SourceFile
    address: str
    """Unique in the file, in the words of its format: `Resources/Worker/Properties/Policies/0`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratedName:
    """A role's name that CloudFormation makes up (`<stack>-<logical id>-<suffix>`), or that is known in part."""

    logical_id: str
    stack: str | None = None
    """None: any."""
    pattern: str | None = None
    """What is known of a name that the source gives, `*` for the rest."""

    def fits(self, name: str) -> bool:
        """Whether the role may have this name."""
        if self.pattern is not None:
            return fnmatchcase(name, self.pattern.replace("[", "[[]"))
        head, _, suffix = name.rpartition("-")
        if not _SUFFIX.fullmatch(suffix):
            return False
        stack, _, logical_id = head.rpartition("-")
        is_cut = len(name) >= _ROLE_NAME_LIMIT - 2
        return _is_or_starts(self.logical_id, logical_id, is_cut) and (
            self.stack is None or _is_or_starts(self.stack, stack, is_cut)
        )


def _is_or_starts(whole: str, found: str, is_cut: bool) -> bool:
    return whole == found or (is_cut and len(found) >= 8 and whole.startswith(found))
