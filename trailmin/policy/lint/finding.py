"""What lint finds, under the names that Access Analyzer's ValidatePolicy gives it."""

from dataclasses import dataclass
from enum import StrEnum

_PAGE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html"


class FindingType(StrEnum):
    """How grave a finding is, the gravest first."""

    ERROR = "ERROR"
    SECURITY_WARNING = "SECURITY_WARNING"
    GENERAL_WARNING = "GENERAL_WARNING"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One of AWS's checks."""

    name: str
    """As AWS's page has it: `Pass role with star in resource`."""
    type: FindingType
    code: str
    """AWS's issue code: `PASS_ROLE_WITH_STAR_IN_RESOURCE`."""

    @property
    def url(self) -> str:
        """The check in AWS's documentation."""
        kind, code = (text.lower().replace("_", "-") for text in (self.type.value, self.code))
        return f"{_PAGE}#access-analyzer-reference-policy-checks-{kind}-{code}"


_CHECKS: dict[str, Check] = {}


def checks() -> tuple[Check, ...]:
    """All checks that lint makes, by code. They are all made once `trailmin.policy.lint` is imported."""
    return tuple(check for _, check in sorted(_CHECKS.items()))


def error(name: str, code: str | None = None) -> Check:
    """A check that finds what does not work."""
    return _check(name, FindingType.ERROR, code)


def security_warning(name: str, code: str | None = None) -> Check:
    """A check that finds what allows more than is safe."""
    return _check(name, FindingType.SECURITY_WARNING, code)


def general_warning(name: str, code: str | None = None) -> Check:
    """A check that finds what may not work as meant."""
    return _check(name, FindingType.GENERAL_WARNING, code)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that a check found."""

    check: Check
    path: tuple[str | int, ...]
    """Where: `("Statement", 1, "Resource", 0)`."""
    message: str
    line: int | None = None
    column: int | None = None
    """Of a policy that was given as text."""


def _check(name: str, kind: FindingType, code: str | None) -> Check:
    check = Check(name=name, type=kind, code=code or _code(name))
    return _CHECKS.setdefault(check.code, check)


def _code(name: str) -> str:
    code = name.upper().replace(" ", "_")
    for joined in ("NOTRESOURCE", "NOTACTION", "NOTPRINCIPAL"):
        code = code.replace(joined, f"NOT_{joined[3:]}")
    return code
