"""Where a repository is kept, by the address of its remote, and how a pull request is opened there."""

import re
import shlex
from dataclasses import dataclass
from urllib.parse import urlsplit

from trailmin.errors import PublishError

PUBLIC_API = "https://api.github.com"

_NAME = re.compile(r"[A-Za-z0-9](?:[\w.-]*[\w-])?/[\w-][\w.-]*|[A-Za-z0-9]/[\w-][\w.-]*", re.ASCII)
_SCP_LIKE = re.compile(r"(?:[^@/\s]+@)?([^:/\s]+):(?!//)(.+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class GithubSettings:
    """How GitHub is reached."""

    base_url: str = PUBLIC_API
    """Of its REST API: `https://HOST/api/v3` for GitHub Enterprise Server."""
    repository: str | None = None
    """`owner/name`; None: as the remote's address says."""
    token: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """What the address of a remote tells."""

    host: str
    """Empty where it is a path."""
    path: str
    """`owner/name` on the host, of GitLab with groups."""


def parse_remote(address: str) -> Remote:
    """Return host and path of a remote's address, as URL or in the short form of ssh (git-clone, "Git URLs")."""
    if "://" in address:
        parts = urlsplit(address)
        host, path = parts.hostname or "", parts.path
    elif found := _SCP_LIKE.fullmatch(address):
        host, path = found[1], found[2]
    else:
        host, path = "", address
    return Remote(host=host.lower(), path=path.strip("/").removesuffix(".git"))


def github_repository(remote: Remote, settings: GithubSettings) -> str | None:
    """Return `owner/name` where a repository is on the GitHub of the settings, else None.

    Raises:
        PublishError: The configured name is not of this form.
    """
    if settings.repository is not None:
        if not _NAME.fullmatch(settings.repository):
            raise PublishError(f"'{settings.repository}' is no repository", hint='write it as "owner/name"')
        return settings.repository
    api = (urlsplit(settings.base_url).hostname or "").lower()
    hosts = (
        {"github.com", "ssh.github.com", "www.github.com"} if api == "api.github.com" else {api.removeprefix("api.")}
    )
    return remote.path if remote.host in hosts and _NAME.fullmatch(remote.path) else None


def commands_for(remote: Remote, *, name: str, branch: str, base: str | None, title: str, body_path: str) -> list[str]:
    """Return the commands that push a branch and open its pull request, each one line of a shell."""
    words = [["git", "push", name, f"refs/heads/{branch}:refs/heads/{branch}"]]
    if "gitlab" in remote.host:
        words.append(["glab", "mr", "create", "--source-branch", branch, *(["--target-branch", base] if base else [])])
        text = "--description"
    elif "azure" in remote.host or "visualstudio" in remote.host:
        words.append(
            ["az", "repos", "pr", "create", "--source-branch", branch, *(["--target-branch", base] if base else [])]
        )
        text = "--description"
    else:
        words.append(["gh", "pr", "create", "--head", branch, *(["--base", base] if base else [])])
        return [shlex.join(words[0]), shlex.join([*words[1], "--title", title, "--body-file", body_path])]
    opened = shlex.join([*words[1], "--title", title, text])
    return [shlex.join(words[0]), f'{opened} "$(cat {shlex.quote(body_path)})"']
