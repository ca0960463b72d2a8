import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trailmin.publish.diff import unified_diff

LINES = ["{", "}", "  a", "  b", "\u2028x", "é", "--- x", "\\", "", "c\r"]
texts = st.builds(
    lambda lines, end: "\n".join(lines) + end,
    st.lists(st.sampled_from(LINES), max_size=12),
    st.sampled_from(["", "\n"]),
)


def run(*command: str, cwd: Path, stdin: bytes | None = None) -> None:
    done = subprocess.run(command, check=False, cwd=cwd, input=stdin, capture_output=True)
    assert done.returncode == 0, done.stdout + done.stderr


def repository(folder: Path, path: str, text: str | None) -> Path:
    folder.mkdir(parents=True)
    run("git", "init", "-q", ".", cwd=folder)
    write(folder, path, text)
    return folder


def write(folder: Path, path: str, text: str | None) -> None:
    if text is not None:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(text.encode())


def assert_holds(folder: Path, path: str, text: str | None) -> None:
    if text is None:
        assert not (folder / path).exists()
    else:
        assert (folder / path).read_bytes() == text.encode()


CASES = {
    "edited": ("a\nb\nc\n", "a\nB\nc\n"),
    "created": (None, "a\nb\n"),
    "created without a newline at its end": (None, "a"),
    "deleted": ("a\nb\n", None),
    "deleted without a newline at its end": ("a\nb", None),
    "newline at the end added": ("a\nb", "a\nb\n"),
    "newline at the end removed": ("a\nb\n", "a\nb"),
    "neither has one": ("a\nb", "a\nc"),
    "CRLF": ("a\r\nb\r\nc\r\n", "a\r\nB\r\nc\r\n"),
    "CRLF, no newline at the end": ("a\r\nb", "a\r\nB"),
    "one line": ('{"Statement": []}', '{"Statement": [1]}'),
    "byte order mark": ("\ufeff{\n}\n", "\ufeff{\n1\n}\n"),
    "far apart": ("".join(f"{i}\n" for i in range(99)), "".join(f"{i}\n" for i in range(99) if i not in (3, 50, 98))),
    "lines that look like headers": ("--- a\n+++ b\n@@ -1 +1 @@\n", "-- a\n+++ b\n@@ -1 +1 @@\nx\n"),
}


@pytest.mark.parametrize("git_header", [True, False])
@pytest.mark.parametrize("case", CASES)
def test_git_and_patch_apply_it(case: str, git_header: bool, tmp_path: Path) -> None:
    old, new = CASES[case]
    path = "policies/role/name.json"
    diff = unified_diff(path, old, new, git_header=git_header).encode()
    with_git = repository(tmp_path / "git", path, old)
    run("git", "apply", "--check", "-", cwd=with_git, stdin=diff)
    run("git", "apply", "-", cwd=with_git, stdin=diff)
    assert_holds(with_git, path, new)
    run("git", "apply", "-R", "-", cwd=with_git, stdin=diff)
    assert_holds(with_git, path, old)
    write(tmp_path / "patch", path, old)
    (tmp_path / "patch").mkdir(exist_ok=True)
    run("patch", "-p1", "--no-backup-if-mismatch", cwd=tmp_path / "patch", stdin=diff)
    assert_holds(tmp_path / "patch", path, new)


@pytest.mark.parametrize(
    "path",
    ["with space/a b.json", 'quo"te/back\\slash.json', "ünï/ço\u202ede.json", "tab\tand\nline.json", "-x/--y.json"],
)
def test_odd_names_are_quoted_so_that_both_find_them(path: str, tmp_path: Path) -> None:
    diff = unified_diff(path, "a\n", "b\n", git_header=True)
    assert diff.isascii()
    assert diff.replace("\n", "").replace("\t", "").isprintable()
    with_git = repository(tmp_path / "git", path, "a\n")
    run("git", "apply", "-", cwd=with_git, stdin=diff.encode())
    assert_holds(with_git, path, "b\n")
    write(tmp_path / "patch", path, "a\n")
    run("patch", "-p1", cwd=tmp_path / "patch", stdin=diff.encode())
    assert_holds(tmp_path / "patch", path, "b\n")


def test_without_a_git_header_it_applies_in_a_folder_of_a_repository(tmp_path: Path) -> None:
    folder = repository(tmp_path / "repo", "out/role/current/x.json", "a\n") / "out" / "role"
    run("git", "apply", "-", cwd=folder, stdin=unified_diff("current/x.json", "a\n", "b\n", git_header=False).encode())
    assert_holds(folder, "current/x.json", "b\n")


def test_equal_texts_have_no_diff() -> None:
    assert unified_diff("x", "a\n", "a\n", git_header=True) == ""


@settings(max_examples=150)
@given(texts, texts)
def test_replaying_its_hunks_gives_the_new_text(old: str, new: str) -> None:
    assert replayed(old, unified_diff("x", old, new, git_header=True)) == new


def replayed(old: str, diff: str) -> str:
    """A tiny `patch`: the text after, put together from the lines outside the hunks and those in them."""
    if not diff:
        return old
    source = [f"{line}\n" for line in old.split("\n")]
    source[-1] = source[-1][:-1]
    at, result = 0, []
    lines = diff.split("\n")[3:-1]
    for index, line in enumerate(lines):
        content = line[1:] + ("" if lines[index + 1 : index + 2] == ["\\ No newline at end of file"] else "\n")
        if line.startswith("@@"):
            start, _, length = line.split(" ")[1][1:].partition(",")
            first = int(start) - (0 if length == "0" else 1)
            result += source[at:first]
            at = first
        elif line.startswith("\\"):
            continue
        else:
            if line[0] in " -":
                assert source[at] == content
                at += 1
            if line[0] in " +":
                result.append(content)
    return "".join(result + source[at:])
