import pytest

from trailmin.publish.pull_requests.codeowners import CodeOwners

TEXT = """# the example of GitHub's own documentation, in part
*       @global-owner1 @global-owner2
*.js    @js-owner #This is an inline comment.
*.go docs@example.com
/build/logs/ @doctocat
docs/* docs@example.com
apps/ @octocat
/docs/ @doctocat
**/logs @octo
/apps/github
my\\ folder/ @spaces
!never @x
[a] @y
"""


@pytest.mark.parametrize(
    ("path", "owners"),
    [
        ("README", ("@global-owner1", "@global-owner2")),
        ("a/b/x.js", ("@js-owner",)),
        ("x.go", ("docs@example.com",)),
        ("build/x/logs.yaml", ("@global-owner1", "@global-owner2")),
        ("deep/logs/all.txt", ("@octo",)),
        ("docs/getting-started.md", ("@doctocat",)),
        ("x/apps/y/z", ("@octocat",)),
        ("apps/github/x", ()),
        ("my folder/x", ("@spaces",)),
    ],
)
def test_the_last_pattern_that_matches_tells_the_owners(path: str, owners: tuple[str, ...]) -> None:
    assert CodeOwners.parse(TEXT).owners_of(path) == owners


@pytest.mark.parametrize(
    ("pattern", "path", "is_owned"),
    [
        ("docs/*", "docs/a.md", True),
        ("docs/*", "docs/deep/a.md", False),
        ("docs/*", "x/docs/a.md", False),
        ("docs/", "x/docs/deep/a.md", True),
        ("/docs", "docs/deep/a.md", True),
        ("/docs", "x/docs/a.md", False),
        ("a/**/z", "a/z", True),
        ("a/**/z", "a/b/c/z/y", True),
        ("a/**", "a/b/c", True),
        ("*.tf", "x/y.tf", True),
        ("*.tf", "x/y.tfvars", False),
        ("a?c", "abc", True),
        ("a.c", "abc", False),
    ],
)
def test_patterns_match_as_in_gitignore(pattern: str, path: str, is_owned: bool) -> None:
    assert bool(CodeOwners.parse(f"{pattern} @me").owners_of(path)) is is_owned
