"""Archives: what is opened, and what is refused."""

import io
import stat
import struct
import tarfile
import zipfile
from collections.abc import Callable, Mapping

import pytest

from app.services.formats import archive
from app.services.formats.archive import open_upload
from app.services.formats.report import FormatError, Report
from tests.formats.support import as_tar, as_zip

Pack = Callable[[Mapping[str, str | bytes]], bytes]


def refusal(data: bytes, name: str = "course.zip") -> str:
    """The code of the refusal of an upload."""
    with pytest.raises(FormatError) as caught:
        open_upload(name, data, Report())
    return caught.value.code


@pytest.mark.parametrize("pack", [as_zip, as_tar])
def test_a_folder_around_all_files_is_left_off(pack: Pack) -> None:
    """An archive of git has one folder around all files."""
    files = open_upload("x", pack({"lyceum-1/a.md": "A", "lyceum-1/b/c.md": "C"}), Report())
    assert dict(files.content) == {"a.md": b"A", "b/c.md": b"C"}


def test_junk_is_left_out() -> None:
    """Files of systems are no part of a course."""
    junk = {"a.md": "A", "__MACOSX/._a.md": "x", ".git/config": "x", "b/.DS_Store": "x"}
    assert list(open_upload("x", as_zip(junk), Report())) == ["a.md"]


@pytest.mark.parametrize(
    "path",
    [
        *("../a.md", "a/../../b.md", "/etc/passwd", "C:/a.md", "a\\..\\b.md", "a//b.md"),
        *("a/\u202eb.md", "/".join("a" * 30), "a" * 600),
    ],
)
@pytest.mark.parametrize("pack", [as_zip, as_tar])
def test_a_path_outside_is_refused(pack: Pack, path: str) -> None:
    """No path leaves the archive, and none is deep, long or unprintable."""
    assert refusal(pack({"ok.md": "A", path: "B"})) == "invalid_archive"


def test_links_are_named_and_not_followed() -> None:
    """A symbolic link of a zip or a tar is a note."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        entry = zipfile.ZipInfo("passwd")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        packed.writestr(entry, "/etc/passwd")
        packed.writestr("a.md", "A")
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w:gz") as packed_tar:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE):
            link = tarfile.TarInfo("passwd")
            link.type, link.linkname = kind, "/etc/passwd"
            packed_tar.addfile(link)
        packed_tar.addfile(tarfile.TarInfo("a.md"))
    for data in (buffer.getvalue(), tar.getvalue()):
        report = Report()
        assert list(open_upload("x", data, report)) == ["a.md"]
        assert {note.code for note in report.notes} == {"link"}


def test_bombs_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes are counted while they are unpacked, whatever a header says."""
    blanks = b"\0" * (6 * 1024 * 1024)
    assert refusal(as_zip({"a.md": blanks})) == "upload_too_large"
    assert refusal(as_tar({"a.md": blanks})) == "upload_too_large"
    # A header that lies about the size.
    packed = bytearray(as_zip({"a.md": blanks}))
    for mark, place in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        struct.pack_into("<I", packed, packed.index(mark) + place, 10)
    assert refusal(bytes(packed)) in {"invalid_archive", "upload_too_large"}
    monkeypatch.setattr(archive, "MAX_FILES", 3)
    many = {f"{number}.md": "x" for number in range(4)}
    assert refusal(as_zip(many)) == refusal(as_tar(many)) == "upload_too_large"


def test_a_long_header_of_a_tar_is_refused() -> None:
    """The name of a file may be as long as memory; it is bounded too."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", format=tarfile.PAX_FORMAT) as packed:
        entry = tarfile.TarInfo("a.md")
        entry.pax_headers = {"comment": "x" * (6 * 1024 * 1024)}
        packed.addfile(entry)
    assert refusal(buffer.getvalue()) == "upload_too_large"


def test_damaged_archives_are_refused() -> None:
    """Each cut of an archive is a refusal or the files that are whole."""
    for data in (as_zip({"a.md": "A" * 500, "b.md": "B"}), as_tar({"a.md": "A" * 500})):
        for end in range(4, len(data), 7):
            try:
                open_upload("x.zip", data[:end], Report())
            except FormatError as error:
                assert error.code in {"invalid_archive", "nothing_to_import"}
    assert refusal(b"") == "invalid_file"
    assert refusal(as_zip({})) == "nothing_to_import"


def test_a_file_that_is_not_utf_8_names_the_line() -> None:
    """The place of a wrong byte is known."""
    files = open_upload("a.md", b"one\ntwo \xff\n", Report())
    with pytest.raises(FormatError) as caught:
        files.text("a.md")
    assert (caught.value.code, caught.value.place and caught.value.place.line) == (
        "invalid_file",
        2,
    )
    assert open_upload("a.md", "x\r\n".encode("utf-16"), Report()).text("a.md") == "x\n"
