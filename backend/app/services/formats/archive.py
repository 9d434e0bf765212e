"""The files of an upload: a zip, a tar with or without gzip, or one file.

An archive is untrusted: the number of files, their size, the depth of folders and the ratio of
compression are bounded, and nothing is written to disk. A link is not followed.
"""

import gzip
import io
import re
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.services.formats.report import FormatError, Place, Report

MAX_FILES: Final = 5_000
MAX_BYTES: Final = 100 * 1024 * 1024
MAX_TEXT_BYTES: Final = 8 * 1024 * 1024
MAX_DEPTH: Final = 20
MAX_PATH: Final = 500
MAX_RATIO: Final = 200
# A small archive may have a high ratio: a file of blanks is no attack.
_FREE_BYTES: Final = 5 * 1024 * 1024

_JUNK = re.compile(r"(^|/)(__MACOSX|\.git|\.DS_Store|Thumbs\.db|desktop\.ini)(/|$)")
_BLOCK: Final = 64 * 1024
_UTF_16 = (b"\xff\xfe<\0", b"\xfe\xff\0<")
_DECLARATION = re.compile(r"\A<\?xml[^>]*\?>")


@dataclass(frozen=True, slots=True)
class Files:
    """The files of an upload by path.

    Attributes:
        name: the name of the upload.
    """

    name: str
    content: Mapping[str, bytes]

    def __iter__(self) -> Iterator[str]:
        return iter(self.content)

    def __contains__(self, path: str) -> bool:
        return path in self.content

    def text(self, path: str) -> str:
        """A file as text with line feeds; as `raw`."""
        return self.raw(path).replace("\r\n", "\n").replace("\r", "\n")

    def raw(self, path: str) -> str:
        """A file as text, with its own ends of lines.

        Raises:
            FormatError: `invalid_file`, it is missing, too long or not UTF-8.
        """
        place = Place(path)
        data = self.content.get(path)
        if data is None:
            raise FormatError("invalid_file", f"The file {path} is missing.", place)
        if len(data) > MAX_TEXT_BYTES:
            raise FormatError("invalid_file", f"The file {path} is too long.", place)
        for encoding, mark in (("utf-16", b"\xff\xfe"), ("utf-16", b"\xfe\xff")):
            if data.startswith(mark):
                try:
                    return _known(data.decode(encoding))
                except UnicodeDecodeError:
                    break
        try:
            return _known(data.decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise FormatError(
                "invalid_file", f"The file {path} is not UTF-8 in line {line}.", place.at(line)
            ) from None


def _known(text: str) -> str:
    """The database stores no NUL."""
    return text.replace("\0", "\ufffd")


def open_upload(name: str, data: bytes, report: Report) -> Files:
    """The files of an upload. A folder that holds all others is left off the paths.

    Raises:
        FormatError: `invalid_archive`, `upload_too_large`, `invalid_file`.
    """
    name = re.split(r"[\\/]", name)[-1] or "upload"
    if not data:
        raise FormatError("invalid_file", "The upload is empty.", Place(name))
    try:
        if data[:4] in {b"PK\x03\x04", b"PK\x05\x06"}:
            return _files(name, _without_root(_bounded(_unzip(data, report), len(data))))
        if data[:2] == b"\x1f\x8b":
            limit = _limit(len(data))
            stream = _Limited(gzip.GzipFile(fileobj=io.BytesIO(data)), limit)
            return _files(name, _without_root(_bounded(_untar(stream, report), len(data))))
        if data[257:262] == b"ustar":
            return _files(
                name, _without_root(_bounded(_untar(io.BytesIO(data), report), len(data)))
            )
    except (
        *(zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, OSError),
        *(NotImplementedError, ValueError, OverflowError, RuntimeError, UnicodeError),
    ):
        raise FormatError("invalid_archive", "The archive is damaged.", Place(name)) from None
    return _files(name, {name: data})


def _files(name: str, content: Mapping[str, bytes]) -> Files:
    """Files whose XML is never UTF-16: formats are told apart by the bytes of their elements."""
    return Files(
        name,
        {
            path: _DECLARATION.sub("", data.decode("utf-16", "replace"), 1).encode()
            if data.startswith(_UTF_16)
            else data
            for path, data in content.items()
        },
    )


def _limit(size: int) -> int:
    """How many bytes an archive of this size may hold."""
    return min(MAX_BYTES, max(_FREE_BYTES, size * MAX_RATIO))


class _Limited:
    """A stream that refuses to give more than a number of bytes, whatever a header says."""

    def __init__(self, inner: gzip.GzipFile, limit: int) -> None:
        self._inner = inner
        self._left = limit

    def read(self, size: int = _BLOCK, /) -> bytes:
        """At most `size` bytes."""
        data = self._inner.read(min(size, self._left + 1))
        self._left -= len(data)
        if self._left < 0:
            raise FormatError("upload_too_large", "The archive holds too many bytes.")
        return data


def _bounded(entries: Iterator[tuple[str, bytes]], size: int) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    left = _limit(size)
    for path, data in entries:
        left -= len(data)
        if left < 0:
            raise FormatError("upload_too_large", "The archive holds too many bytes.", Place(path))
        if len(files) == MAX_FILES:
            raise FormatError("upload_too_large", f"The archive has more than {MAX_FILES} files.")
        if path in files:
            raise FormatError("invalid_archive", f"The archive has {path} twice.", Place(path))
        files[path] = data
    if not files:
        raise FormatError("nothing_to_import", "The archive has no files.")
    return files


def _unzip(data: bytes, report: Report) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = archive.infolist()
        if len(entries) > 2 * MAX_FILES:
            raise FormatError("upload_too_large", f"The archive has more than {MAX_FILES} files.")
        for entry in entries:
            if entry.is_dir():
                continue
            path = _path(entry.filename)
            if stat.S_ISLNK(entry.external_attr >> 16):
                report.lost("link", f"{path} is a link and is not followed.", Place(path))
            elif entry.flag_bits & 1:
                raise FormatError("invalid_archive", f"{path} is encrypted.", Place(path))
            elif entry.file_size > _limit(len(data)):
                raise FormatError("upload_too_large", f"{path} is too large.", Place(path))
            elif not _JUNK.search(path):
                with archive.open(entry) as file:
                    yield path, file.read(entry.file_size + 1)


def _untar(stream: Any, report: Report) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(fileobj=stream, mode="r|") as archive:
        for number, entry in enumerate(archive):
            if number > 2 * MAX_FILES:
                raise FormatError(
                    "upload_too_large", f"The archive has more than {MAX_FILES} files."
                )
            if entry.isdir():
                continue
            path = _path(entry.name)
            if entry.issparse():
                # A few bytes of it may stand for any number of blanks.
                raise FormatError("invalid_archive", f"{path} is a sparse file.", Place(path))
            if not entry.isfile():
                report.lost("link", f"{path} is a link and is not followed.", Place(path))
            elif not _JUNK.search(path):
                file = archive.extractfile(entry)
                yield path, b"" if file is None else file.read()


def _path(name: str) -> str:
    """The path of an entry, checked: relative, inside the archive, not too deep."""
    parts = name.replace("\\", "/").split("/")
    if parts and parts[0] == ".":
        parts = parts[1:]
    path = "/".join(parts)
    shown = path[:MAX_PATH]
    if (
        len(path) > MAX_PATH
        or len(parts) > MAX_DEPTH
        or not path.isprintable()
        or any(part in {"", ".", ".."} for part in parts)
        or re.match(r"[A-Za-z]:", path)
    ):
        raise FormatError("invalid_archive", f"{shown} is not a path in the archive.", Place(shown))
    return path


def _without_root(files: dict[str, bytes]) -> dict[str, bytes]:
    """Paths without the folders that all files share."""
    split = [path.split("/")[:-1] for path in files]
    shared = 0
    for names in zip(*split, strict=False):
        if len(set(names)) > 1:
            break
        shared += 1
    if not shared:
        return files
    return {"/".join(path.split("/")[shared:]): data for path, data in files.items()}
