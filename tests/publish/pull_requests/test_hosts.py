import shlex

import pytest

from trailmin.errors import PublishError
from trailmin.publish.pull_requests.hosts import (
    GithubSettings,
    Remote,
    commands_for,
    github_repository,
    parse_remote,
)

PUBLIC = GithubSettings()
ENTERPRISE = GithubSettings(base_url="https://ghe.example.com/api/v3")


@pytest.mark.parametrize(
    ("address", "settings", "repository"),
    [
        ("https://github.com/org/policies.git", PUBLIC, "org/policies"),
        ("https://user:secret@github.com/org/policies", PUBLIC, "org/policies"),
        ("git@github.com:org/policies.git", PUBLIC, "org/policies"),
        ("ssh://git@ssh.github.com:443/org/policies.git", PUBLIC, "org/policies"),
        ("https://ghe.example.com/org/policies.git", PUBLIC, None),
        ("https://ghe.example.com/org/policies.git", ENTERPRISE, "org/policies"),
        ("https://github.com/org/policies.git", ENTERPRISE, None),
        ("https://gitlab.com/group/sub/policies.git", PUBLIC, None),
        ("https://github.com/org/../x", PUBLIC, None),
        ("/srv/git/policies.git", PUBLIC, None),
        ("", PUBLIC, None),
    ],
)
def test_the_remote_tells_the_repository_on_github(
    address: str, settings: GithubSettings, repository: str | None
) -> None:
    assert github_repository(parse_remote(address), settings) == repository


def test_a_configured_repository_has_to_be_one() -> None:
    with pytest.raises(PublishError, match="no repository"):
        github_repository(parse_remote(""), GithubSettings(repository="org/a/../../b"))


HOSTILE = "a; rm -rf $HOME `id` $(id) 'x'"


@pytest.mark.parametrize("host", ["github.com", "gitlab.com", "dev.azure.com", ""])
def test_hostile_names_stay_one_word_of_a_command(host: str) -> None:
    commands = commands_for(
        Remote(host=host, path="o/n"), name="origin", branch=HOSTILE, base=HOSTILE, title=HOSTILE, body_path="b.md"
    )
    words = [shlex.split(command.removesuffix(' "$(cat b.md)"')) for command in commands]
    assert words[0] == ["git", "push", "origin", f"refs/heads/{HOSTILE}:refs/heads/{HOSTILE}"]
    assert words[1].count(HOSTILE) == 3
