"""Who owns a file, by a CODEOWNERS file.

Source: GitHub Docs, "About code owners": the last pattern that matches counts; patterns are those of gitignore without
`!`, `[ ]` and an escaped `#`; a pattern may have no owners; `docs/*` matches files in the folder itself alone.
"""

import re
from dataclasses import dataclass

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
"""Where it is looked for, the first one counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeOwners:
    """The rules of a file, in its order."""

    rules: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = ()

    @classmethod
    def parse(cls, text: str) -> "CodeOwners":
        """Return the rules of a text; a line that cannot be read as one is left out, as GitHub does."""
        rules = []
        for line in text.splitlines():
            words = re.split(r"(?<!\\)\s+", re.sub(r"(?:^|\s)#.*", "", line).strip())
            if words[0] and not words[0].startswith("!") and "[" not in words[0]:
                rules.append((_pattern(words[0].replace("\\ ", " ")), tuple(words[1:])))
        return cls(rules=tuple(rules))

    def owners_of(self, path: str) -> tuple[str, ...]:
        """Return the owners of a file (`@user`, `@organization/team`, a mail address), as the file names them."""
        return next((owners for pattern, owners in reversed(self.rules) if pattern.fullmatch(path)), ())


def _pattern(glob: str) -> re.Pattern[str]:
    """A pattern that matches whole paths."""
    is_anchored = "/" in glob.rstrip("/")
    text = "".join(_part(part) for part in re.findall(r"/\*\*/|\*\*/|/\*\*|\*|\?|[^*?/]+|/", glob.strip("/")))
    # What is below a folder belongs to it, save behind a last `*` of an anchored pattern.
    below = "/.*" if glob.endswith("/") else "" if is_anchored and glob.endswith("/*") else "(?:/.*)?"
    return re.compile(("" if is_anchored else "(?:.*/)?") + text + below, re.DOTALL)


def _part(part: str) -> str:
    return {"/**/": "/(?:.*/)?", "**/": "(?:.*/)?", "/**": "/.*", "*": "[^/]*", "?": "[^/]"}.get(part) or re.escape(
        part
    )
