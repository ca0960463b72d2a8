from pathlib import Path

import pytest

from tests.current.written import ACCOUNT, READ, write
from trailmin.current import PolicyKind
from trailmin.current.documents import read_document, read_documents
from trailmin.errors import CurrentError, PolicyError


def test_folders_name_account_role_and_managed_policies(tmp_path: Path) -> None:
    for name in (f"{ACCOUNT}/worker/Access.json", f"{ACCOUNT}/managed/Shared.json", "reader/Read.json", "lone.json"):
        write(tmp_path / name, READ)
    found = {p.name: (p.account, p.role_name, p.kind) for p in read_documents(tmp_path)}
    assert found == {
        "Access": (ACCOUNT, "worker", PolicyKind.INLINE),
        "Shared": (ACCOUNT, None, PolicyKind.CUSTOMER_MANAGED),
        "Read": (None, "reader", PolicyKind.INLINE),
        "lone": (None, "lone", PolicyKind.INLINE),
    }


def test_the_folder_that_is_given_may_be_the_account(tmp_path: Path) -> None:
    write(tmp_path / ACCOUNT / "worker" / "Access.json", READ)
    write(tmp_path / ACCOUNT / "lone.json", READ)
    found = read_documents(tmp_path / ACCOUNT)
    assert [(p.account, p.role_name) for p in found] == [(ACCOUNT, "lone"), (ACCOUNT, "worker")]


def test_a_patch_applies_at_the_repositorys_top_else_in_the_folder(tmp_path: Path) -> None:
    path = write(tmp_path / "iam" / "worker" / "Access.json", READ)
    (found,) = read_documents(tmp_path / "iam")
    assert found.document is not None
    assert found.document.relative == "worker/Access.json"
    assert found.document.path == path.resolve()
    (tmp_path / ".git").mkdir()
    (found,) = read_documents(tmp_path / "iam")
    assert found.document is not None
    assert found.document.relative == "iam/worker/Access.json"


def test_a_link_keeps_its_own_place(tmp_path: Path) -> None:
    outside = write(tmp_path / "outside" / "text.json", READ)
    link = tmp_path / "iam" / "worker" / "Access.json"
    link.parent.mkdir(parents=True)
    link.symlink_to(outside)
    (found,) = read_documents(tmp_path / "iam")
    assert found.document is not None
    assert found.document.relative == "worker/Access.json"


def test_hidden_folders_and_other_files_are_passed_over(tmp_path: Path) -> None:
    write(tmp_path / ".cache" / "worker" / "Old.json", "not JSON")
    write(tmp_path / "worker" / "notes.md", "words")
    write(tmp_path / "worker" / "Access.json", READ)
    assert [p.name for p in read_documents(tmp_path)] == ["Access"]


def test_the_text_stays_as_it_is_but_for_a_byte_order_mark(tmp_path: Path) -> None:
    text = '{"Statement":\t{"Effect":"Allow","Action":"*","Resource":"*"}}'
    path = write(tmp_path / "Access.json", "\ufeff" + text)
    found = read_document(path, role_name="worker")
    assert (found.text, found.role_name) == (text, "worker")


def test_a_folder_without_policies_is_an_error_with_a_hint(tmp_path: Path) -> None:
    with pytest.raises(CurrentError, match="holds no snapshot") as caught:
        read_documents(tmp_path)
    assert "snapshot" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("text", "line"),
    [('{"Statement": [\n,]}', "line 2"), ('{\n"Statement": [{"Effect": "Allow"}]}', "line 2"), ("{}", "line 1")],
)
def test_what_is_no_policy_is_named_with_its_line(tmp_path: Path, text: str, line: str) -> None:
    path = write(tmp_path / "worker" / "bad.json", text)
    with pytest.raises(PolicyError) as caught:
        read_documents(tmp_path)
    assert str(path) in caught.value.message
    assert line in caught.value.message


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "worker" / "latin.json"
    path.parent.mkdir()
    path.write_bytes(b'{"Id": "\xe9"}')
    with pytest.raises(CurrentError, match="is not UTF-8 text"):
        read_documents(tmp_path)
    with pytest.raises(CurrentError, match="cannot read"):
        read_document(tmp_path / "absent.json", role_name="worker")
