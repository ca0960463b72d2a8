import gzip
import re
import zlib
from pathlib import Path

import pytest

from sample_logs.delivery import gzip_bytes
from sample_logs.generate import FOLDERS, HERE, generate
from sample_logs.repository import Style, lay_out

KEY = re.compile(
    r"(\d{12})/CloudTrail/([a-z0-9-]+)/(\d{4})/(\d\d)/(\d\d)/\1_CloudTrail_\2_\3\4\5T\d{4}Z_[A-Za-z0-9]{16}\.json\.gz"
)


def files_under(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for name in FOLDERS
        for path in sorted((folder / name).rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def regenerated(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("samples")
    generate(folder)
    return files_under(folder)


def test_regenerating_gives_the_committed_files(regenerated: dict[str, bytes]) -> None:
    committed = files_under(HERE)
    assert list(regenerated) == list(committed)
    for name, content in regenerated.items():
        if name.endswith(".gz"):
            assert gzip.decompress(content) == gzip.decompress(committed[name]), name
        else:
            assert content == committed[name], name


def test_regenerating_gives_the_committed_bytes(regenerated: dict[str, bytes]) -> None:
    committed = files_under(HERE)
    if "ng" in zlib.ZLIB_RUNTIME_VERSION:  # zlib-ng packs the same content into other bytes
        assert regenerated.keys() == committed.keys()
        regenerated, committed = ({n: c for n, c in f.items() if n[-3:] != ".gz"} for f in (regenerated, committed))
    assert regenerated == committed


def test_everything_stays_within_two_megabytes() -> None:
    sizes = [path.stat().st_size for path in HERE.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    assert sum(sizes) <= 2_000_000


def test_log_objects_lie_where_cloudtrail_puts_them(log_objects: list[Path]) -> None:
    assert log_objects
    for path in log_objects:
        assert KEY.fullmatch(path.relative_to(HERE / "AWSLogs").as_posix()), path


def test_no_generated_file_of_an_earlier_run_survives(tmp_path: Path) -> None:
    stale = tmp_path / "policies" / "000000000000" / "managed" / "stale.json"
    stale.parent.mkdir(parents=True)
    stale.write_text("{}")
    generate(tmp_path)
    assert not stale.exists()


@pytest.mark.parametrize("content", [b"", b"x", b"records " * 5000])
def test_gzip_bytes_unpack_to_what_went_in_and_tell_no_time(content: bytes) -> None:
    packed = gzip_bytes(content)
    assert gzip.decompress(packed) == content
    assert packed[4:8] == b"\0\0\0\0"


def test_a_compact_style_keeps_short_lists_on_one_line() -> None:
    compact = lay_out({"Action": ["s3:GetObject", "s3:PutObject"]}, Style(indent="  ", is_compact=True))
    assert compact == '{\n  "Action": ["s3:GetObject", "s3:PutObject"]\n}'
    tabs = lay_out({"Action": ["s3:GetObject"]}, Style(indent="\t"))
    assert tabs == '{\n\t"Action": [\n\t\t"s3:GetObject"\n\t]\n}'
