"""Uploads that are made to harm: each is refused or read, and nothing else suffers."""

import io
import tarfile
import time

import anyio
import pytest

from app.services.formats.apart import read_apart
from app.services.formats.reading import read_upload
from app.services.formats.report import FormatError, Place
from tests.formats.support import as_zip

TWO = '<answer fraction="100"><text>a</text></answer><answer><text>b</text></answer>'
ASIDE = '<style><stringresponse answer="a"/></style>'
FILM = '<video><source src="https://x.test/a.mp4"/><transcript src="{}"/></video>'


def moodle(text: str, kind: str = "multichoice") -> bytes:
    """A question of Moodle XML."""
    return (
        f'<quiz><question type="{kind}"><questiontext format="html"><text><![CDATA[{text}]]></text>'
        f"</questiontext>{TWO}</question></quiz>"
    ).encode()


def olx(vertical: str, **static: str) -> bytes:
    """A course of Open edX with one vertical."""
    tree = f"<chapter><sequential><vertical>{vertical}</vertical></sequential></chapter>"
    files = {f"static/{name.replace('_', '.')}": text for name, text in static.items()}
    return as_zip({"course.xml": f'<course url_name="r">{tree}</course>', **files})


def item(body: str, head: str = "") -> bytes:
    """An item of QTI 2 with a text to write."""
    write = '<extendedTextInteraction responseIdentifier="R"/>'
    return (
        f'{head}<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1">'
        f"<itemBody><p>{body}</p>{write}</itemBody></assessmentItem>"
    ).encode()


def sparse() -> bytes:
    """A tar of a few bytes with a file of 20 GiB."""
    size = 20 * 1024**3
    entry = tarfile.TarInfo("a.md")
    entry.pax_headers = {
        "GNU.sparse.major": "1",
        "GNU.sparse.minor": "0",
        "GNU.sparse.name": "a.md",
        "GNU.sparse.realsize": str(size),
    }
    body = f"1\n{size}\n0\n".encode().ljust(512, b"\0")
    entry.size = len(body)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as packed:
        packed.addfile(entry, io.BytesIO(body))
    return buffer.getvalue()


def test_a_sparse_file_is_refused() -> None:
    """A few bytes do not become a file of any size."""
    with pytest.raises(FormatError) as caught:
        read_upload("course.tar", sparse())
    assert (caught.value.code, caught.value.place) == ("invalid_archive", Place("a.md"))


@pytest.mark.parametrize(
    "data",
    [
        olx(FILM.format("t.srt"), t_srt=f"0 --> {'9' * 5_000}:00:00,000\nText"),
        olx(FILM.format("t.sjson"), t_sjson=f'{{"text": ["a"], "end": [1{"0" * 400}]}}'),
        olx(f'<problem display_name="Tides">{ASIDE * 2}</problem>'),
        item("a\ue0125\ue013"),
        item(f"a\ue012{'9' * 5_000}\ue013"),
    ],
    ids=["hours", "seconds", "left out", "mark", "number of a mark"],
)
def test_odd_values_are_read(data: bytes) -> None:
    """Numbers without end and private letters are no failure."""
    assert len(read_upload("x.zip" if data[:2] == b"PK" else "x.xml", data).lessons()) == 1


def test_a_name_of_html_in_an_item_is_its_sign() -> None:
    """A DTD that is not read may declare names: those of HTML are known without it."""
    head = '<!DOCTYPE assessmentItem SYSTEM "item.dtd">'
    (question,) = read_upload("x.xml", item("a&eacute;b", head)).questions()
    assert question.prompt_md == "a\u00e9b"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("x.xml", moodle("\\(a" * 20_000)),
        ("x.xml", moodle(f"{{1:SA:=a}}{'{1:SA:' * 8_000}", "cloze")),
        ("x.gift", f"// {'[tag:' * 20_000}\na {{T}}".encode()),
    ],
    ids=["formula", "gap", "tag"],
)
def test_what_does_not_end_is_read_in_time(name: str, data: bytes) -> None:
    """A search for a missing end does not begin anew at each sign."""
    begun = time.process_time()
    assert read_upload(name, data).lessons()
    assert time.process_time() - begun < 5


def test_a_reading_ends_at_its_limit() -> None:
    """The process of a reading ends beyond its time, and the next upload has another one."""

    async def read() -> None:
        limiter = anyio.CapacityLimiter(1)
        with pytest.raises(FormatError) as caught:
            await read_apart("x.xml", moodle(f"<p>a{' ' * 200_000}x</p>"), limiter, seconds=0)
        assert caught.value.code == "upload_too_large"
        with pytest.raises(FormatError) as caught:
            await read_apart("x.md", b"---\na: [\n---\n", limiter)
        assert (caught.value.code, caught.value.place) == ("invalid_file", Place("x.md", 3))
        imported = await read_apart("x.md", b"# Tides\n\nThe sea.", limiter)
        assert imported.bundle.course.title == "Tides"

    anyio.run(read)
