"""Certificates as PDF and SVG."""

import asyncio
import hashlib
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest
from pymupdf_fonts import NotoSansSymbols2_Regular

from app.schemas.certificates import CertificateFacts
from app.services.certificates import pdf
from app.services.certificates.fonts import BundledFiles, drawable, lacks
from app.services.certificates.layout import Code, Page, Text, lay_out
from app.services.certificates.pdf import draw_pdf
from app.services.certificates.svg import draw_svg
from app.services.certificates.texts import LANGUAGES
from tests.api.conftest import Serve
from tests.api.support import Upstream, assert_problem, bearer, hs256, make_settings

CODE = "7K2M9QX4T0BVHJ3ENDRS"
FACTS: dict[str, Any] = {
    "code": CODE,
    "valid": True,
    "name": "Lea Hoffmann",
    "title": "Databases from the inside",
    "locale": "en",
    "version": 3,
    "hours": 12.5,
    "completed_at": "2026-11-20T23:30:00+00:00",
    "completed_on": "2026-11-20",
    "issued_at": "2026-11-21T01:00:00+00:00",
    "issued_on": "2026-11-21",
    "revoked_at": None,
    "revoked_on": None,
    "replaced_by": None,
    "course_id": "4b1c9a9e-5c6a-4a3e-9a53-1d8ce3d2b7f0",
    "status_index": 131_072 + 9,
    "identity_salt": "Kosher",
    "identity_hash": f"sha256${hashlib.sha256(b'a@example.comKosher').hexdigest()}",
}
REVOKED = {
    "valid": False,
    "revoked_at": "2026-12-01T08:00:00+00:00",
    "revoked_on": "2026-12-01",
}
DOCUMENTS = ["pdf", "svg"]
MEDIA_TYPES = {"pdf": "application/pdf", "svg": "image/svg+xml"}

UNICODE = [
    "Łódź Žižek Ñandú",
    "李小龙",
    "عربى",
    "שלום עולם",
    "नमस्ते",
    "สวัสดี",
    "ქართული",
    "👩🏽‍🎓 🇪🇺",
    "e\u0301\u0302\u0303\u0304",
    "\u202ereversed\u202c",
    "\x0b\x1f\u2028\ufffe\U0001f9ff\U000e0001",
    "\ue000",
    "",
    "   ",
    "W" * 200,
    "word " * 40,
    "ﷺ" * 200,
]


@pytest.fixture
def facts() -> dict[str, Any]:
    """The answer of the function `verify_certificate`."""
    return dict(FACTS)


def page(**changes: Any) -> Page:
    """A certificate, laid out."""
    facts = CertificateFacts.model_validate(FACTS | changes)
    return lay_out(facts, "The School", f"https://school.test/verify/{CODE}")


def words(drawn: Page) -> str:
    """All texts of a page."""
    return "\n".join(shape.text for shape in drawn.shapes if isinstance(shape, Text))


def svg_texts(content: bytes) -> list[str]:
    """All texts of an SVG."""
    root = ElementTree.fromstring(content)
    return [element.text or "" for element in root.iter("{http://www.w3.org/2000/svg}text")]


# The calls ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", DOCUMENTS)
async def test_a_document(
    client: httpx.AsyncClient, upstream: Upstream, facts: dict[str, Any], kind: str
) -> None:
    """Anyone with the code gets the document, and the database is called once, as anon."""
    upstream.rpc("verify_certificate", 200, facts)
    response = await client.get(f"/v1/certificates/{CODE}.{kind}")
    assert response.status_code == 200
    assert response.headers["content-type"] == MEDIA_TYPES[kind]
    assert response.headers["content-disposition"] == (
        f'inline; filename="certificate-{CODE}.{kind}"'
    )
    assert response.headers["cache-control"] == "private, no-cache"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.content.startswith(b"%PDF-" if kind == "pdf" else b"<?xml")
    [request] = upstream.requests
    assert json.loads(request.content) == {"code": CODE}
    assert "authorization" not in request.headers


@pytest.mark.parametrize("kind", DOCUMENTS)
async def test_the_caller_is_passed_on(
    client: httpx.AsyncClient, upstream: Upstream, facts: dict[str, Any], kind: str
) -> None:
    """A token is optional; one that is sent must be valid, and is passed to the database."""
    upstream.rpc("verify_certificate", 200, facts)
    token = hs256()
    url = f"/v1/certificates/{CODE}.{kind}"
    assert (await client.get(url, headers=bearer(token))).status_code == 200
    assert upstream.requests[-1].headers["authorization"] == f"Bearer {token}"
    assert_problem(await client.get(url, headers=bearer("bad")), 401, "invalid_token")


@pytest.mark.parametrize("written", [CODE.lower(), "7K2M-9QX4-T0BV-HJ3E-NDRS"])
async def test_a_code_as_it_is_printed(
    client: httpx.AsyncClient, upstream: Upstream, facts: dict[str, Any], written: str
) -> None:
    """The database normalizes the code, and documents show the code that it returns."""
    upstream.rpc("verify_certificate", 200, facts)
    response = await client.get(f"/v1/certificates/{written}.svg")
    assert response.status_code == 200
    assert json.loads(upstream.requests[0].content) == {"code": written}
    assert f"certificate-{CODE}.svg" in response.headers["content-disposition"]


@pytest.mark.parametrize("suffix", [".pdf", ".svg"])
@pytest.mark.parametrize(
    "code",
    [
        "x",
        CODE + "A",
        CODE[:19],
        f"{CODE}-",
        f"-{CODE}",
        "Ä" * 20,
        f"{CODE}%0A",
        "7K2M%00" * 4,
        ".",
    ],
)
async def test_what_is_no_code(
    client: httpx.AsyncClient, upstream: Upstream, code: str, suffix: str
) -> None:
    """An invalid code is refused before the database is called."""
    response = await client.get(f"/v1/certificates/{code}{suffix}")
    problem = assert_problem(response, 422, "validation_failed")
    assert [error["pointer"] for error in problem["errors"]] == ["/path/code"]
    assert upstream.requests == []


@pytest.mark.parametrize(
    "path", [f"{CODE}.PDF", CODE, f"{CODE}.png", f"{CODE}.pdf/", f"a/{CODE}.pdf"]
)
async def test_other_paths(client: httpx.AsyncClient, upstream: Upstream, path: str) -> None:
    """Other document paths are not found."""
    assert_problem(await client.get(f"/v1/certificates/{path}"), 404, "not_found")
    assert upstream.requests == []


@pytest.mark.parametrize("path", [f"{CODE}.pdf", f"{CODE}.svg", f"{CODE}/credential"])
async def test_other_methods(client: httpx.AsyncClient, path: str) -> None:
    """Certificates accept only GET and HEAD."""
    for method in ("POST", "PUT", "DELETE"):
        response = await client.request(method, f"/v1/certificates/{path}")
        assert_problem(response, 405, "method_not_allowed")
        assert response.headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize("kind", DOCUMENTS)
async def test_head(
    client: httpx.AsyncClient, upstream: Upstream, facts: dict[str, Any], kind: str
) -> None:
    """HEAD has the headers of GET."""
    upstream.rpc("verify_certificate", 200, facts)
    url = f"/v1/certificates/{CODE}.{kind}"
    head, get = await client.head(url), await client.get(url)
    assert head.status_code == 200
    for name in ("content-type", "content-length", "etag", "content-disposition"):
        assert head.headers[name] == get.headers[name]


@pytest.mark.parametrize("kind", DOCUMENTS)
async def test_an_unknown_code(client: httpx.AsyncClient, upstream: Upstream, kind: str) -> None:
    """The error of the database is passed on."""
    upstream.fail(
        *("verify_certificate", 404, "certificate_not_found"),
        "There is no certificate with this code.",
        hint="Check the code.",
    )
    response = await client.get(f"/v1/certificates/{CODE}.{kind}")
    problem = assert_problem(response, 404, "certificate_not_found")
    assert problem["detail"] == "There is no certificate with this code."
    assert problem["hint"] == "Check the code."
    assert "etag" not in response.headers


@pytest.mark.parametrize(
    "answer",
    [None, [], {}, FACTS | {"code": "x"}, FACTS | {"issued_at": "2026-11-21T01:00:00"}],
)
async def test_an_answer_that_makes_no_sense(
    client: httpx.AsyncClient, upstream: Upstream, answer: Any
) -> None:
    """An answer with an unexpected shape draws nothing."""
    upstream.rpc("verify_certificate", 200, answer)
    response = await client.get(f"/v1/certificates/{CODE}.pdf")
    assert_problem(response, 502, "upstream_error")


async def test_the_database_is_down(client: httpx.AsyncClient, upstream: Upstream) -> None:
    """Without the database there is no certificate: the service caches none."""

    def refuse(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    upstream.on("POST", "rpc/verify_certificate", refuse)
    response = await client.get(f"/v1/certificates/{CODE}.svg")
    assert_problem(response, 503, "database_unavailable")


@pytest.mark.parametrize("kind", DOCUMENTS)
async def test_a_copy_is_kept_until_something_changes(
    client: httpx.AsyncClient, upstream: Upstream, facts: dict[str, Any], kind: str
) -> None:
    """A client revalidates its copy with the database, so a revocation shows at once."""
    upstream.rpc("verify_certificate", 200, facts)
    url = f"/v1/certificates/{CODE}.{kind}"
    tag = (await client.get(url)).headers["etag"]
    for condition in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        response = await client.get(url, headers={"If-None-Match": condition})
        assert (response.status_code, response.content) == (304, b""), condition
        assert response.headers["etag"] == tag
    for condition in ("", '"other"', tag.strip('"')):
        response = await client.get(url, headers={"If-None-Match": condition})
        assert response.status_code == 200, condition
    upstream.rpc("verify_certificate", 200, facts | REVOKED)
    response = await client.get(url, headers={"If-None-Match": tag})
    assert response.status_code == 200
    assert response.headers["etag"] != tag


# Other tests cover drawing; coverage would make these slow tests half as slow again.
@pytest.mark.slow
@pytest.mark.no_cover
async def test_tags_tell_documents_apart(
    serve: Serve, upstream: Upstream, facts: dict[str, Any]
) -> None:
    """Another format, fact or setting gives another entity tag."""
    tags = set()
    for changes in (
        {},
        {"certificate_issuer_name": "Other"},
        {"certificate_verify_url": "http://a/{code}"},
    ):
        async with serve(make_settings(**changes)) as client:
            for name in ("Lea", "Leo"):
                upstream.rpc("verify_certificate", 200, facts | {"name": name})
                for kind in DOCUMENTS:
                    response = await client.get(f"/v1/certificates/{CODE}.{kind}")
                    tags.add(response.headers["etag"])
    assert len(tags) == 12


@pytest.mark.slow
@pytest.mark.no_cover
@pytest.mark.parametrize("kind", DOCUMENTS)
async def test_any_text_can_be_printed(
    client: httpx.AsyncClient, upstream: Upstream, facts: dict[str, Any], kind: str
) -> None:
    """Every name, title and language can be drawn."""
    for text in UNICODE:
        upstream.rpc("verify_certificate", 200, facts | {"name": text, "title": text})
        response = await client.get(f"/v1/certificates/{CODE}.{kind}")
        assert response.status_code == 200, text
        if kind == "svg":
            ElementTree.fromstring(response.content)


async def test_half_a_surrogate_pair(
    client: httpx.AsyncClient, upstream: Upstream, facts: dict[str, Any]
) -> None:
    """Half a surrogate pair in an answer is refused; Postgres cannot store one."""
    body = json.dumps(facts | {"name": "x\ud800y"}).encode()
    upstream.on("POST", "rpc/verify_certificate", httpx.Response(200, content=body))
    for kind in DOCUMENTS:
        response = await client.get(f"/v1/certificates/{CODE}.{kind}")
        assert_problem(response, 502, "upstream_error")


async def test_no_name_is_logged(
    client: httpx.AsyncClient,
    upstream: Upstream,
    facts: dict[str, Any],
    log_lines: Callable[[], list[dict[str, Any]]],
) -> None:
    """A request logs one line without the code, and the drawing libraries log nothing."""
    upstream.rpc("verify_certificate", 200, facts | {"name": "Lea 李"})
    log_lines()
    assert (await client.get(f"/v1/certificates/{CODE}.pdf")).status_code == 200
    [line] = log_lines()
    assert line["path"] == "/v1/certificates/{code}.pdf"
    assert CODE not in json.dumps(line)


# The page ----------------------------------------------------------------------------------------


def test_what_the_page_says() -> None:
    """The page shows every fact, and the code in groups that can be typed."""
    text = words(page())
    for part in (
        *("The School", "Lea Hoffmann", "Databases from the inside", "12.5 hours", "Version 3"),
        *("20 November 2026", "21 November 2026", "7K2M-9QX4-T0BV-HJ3E-NDRS"),
        f"https://school.test/verify/{CODE}",
    ):
        assert part in text
    assert "revoked" not in text.lower()


@pytest.mark.parametrize(
    ("locale", "heading", "length", "day"),
    [
        ("en-GB", "Certificate of completion", "1 hour · Version 3", "1 March 2026"),
        ("de-AT", "Abschlusszertifikat", "1 Stunde · Version 3", "1. März 2026"),
        ("es", "Certificado de finalización", "1 hora · Versión 3", "1 de marzo de 2026"),
        ("fr-CA", "Certificat de réussite", "1 heure · Version 3", "1er mars 2026"),
        ("tlh", "Certificate of completion", "1 hour · Version 3", "1 March 2026"),
    ],
)
def test_languages(locale: str, heading: str, length: str, day: str) -> None:
    """The page uses the language of the course, or English."""
    drawn = page(locale=locale, hours="1.0", completed_on="2026-03-01")
    text = words(drawn)
    assert heading in text
    assert length in text
    assert day in text
    assert drawn.language == (locale.split("-")[0] if locale != "tlh" else "en")


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_all_words_are_there(language: str) -> None:
    """Every language has every text and twelve months, and can be drawn with the bundled fonts."""
    texts = LANGUAGES[language]
    values = [getattr(texts, name) for name in texts.__slots__]
    assert all(values)
    assert len(set(texts.months)) == 12
    drawn = page(locale=language, **REVOKED)
    assert not lacks(words(drawn) + drawn.missing, ())
    assert "{" not in words(drawn) + drawn.summary


@pytest.mark.parametrize(
    ("hours", "shown"),
    [("0.0", None), ("0.5", "0,5 Stunden"), ("2.0", "2 Stunden"), ("1234.5", "1234,5 Stunden")],
)
def test_hours(hours: str, shown: str | None) -> None:
    """A course without a length does not show zero hours."""
    text = words(page(locale="de", hours=hours))
    assert (shown in text) if shown else ("Stunde" not in text)


@pytest.mark.parametrize("kind", DOCUMENTS)
async def test_a_revoked_certificate_says_so(
    client: httpx.AsyncClient, upstream: Upstream, facts: dict[str, Any], kind: str
) -> None:
    """A revoked certificate is drawn with a mark, and is not an error."""
    upstream.rpc("verify_certificate", 200, facts | REVOKED)
    response = await client.get(f"/v1/certificates/{CODE}.{kind}")
    assert response.status_code == 200
    if kind == "svg":
        texts = svg_texts(response.content)
        assert "REVOKED" in texts
        assert "This certificate was revoked on 1 December 2026. It is not valid." in texts
    else:
        assert response.content != draw_pdf(page(), ())


def test_long_texts_stay_on_the_page() -> None:
    """Long names and titles get smaller, then more lines, and do not overlap the footer."""
    for text in ("W" * 200, "m" * 200, "word " * 40, "Lea", "", "李" * 200):
        drawn = page(name=text, title=text)
        lines = [shape for shape in drawn.shapes if isinstance(shape, Text)]
        middle = [line for line in lines if line.anchor == "middle"]
        assert all(line.width <= 640 for line in middle)
        assert min(line.y for line in middle) > 50
        [code] = [shape for shape in drawn.shapes if isinstance(shape, Code)]
        assert max(line.y for line in middle) < code.y - 5


def test_a_long_address_is_left_out() -> None:
    """A long address appears only in the QR code, and a long issuer is truncated."""
    facts = CertificateFacts.model_validate(FACTS)
    url = "https://school.test/" + "x" * 280
    drawn = lay_out(facts, "W" * 200, url)
    assert url not in words(drawn)
    assert "W…" in words(drawn)
    [code] = [shape for shape in drawn.shapes if isinstance(shape, Code)]
    assert code.url == url


# SVG ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "</text><script>alert(1)</script>",
        "A & B &lt; \"C\" 'D' ]]> <!-- -->",
        "&amp;",
        "<!ENTITY x SYSTEM 'file:///'>",
        '" onload="alert(1)',
    ],
)
async def test_markup_in_a_name_is_text(
    client: httpx.AsyncClient, upstream: Upstream, facts: dict[str, Any], text: str
) -> None:
    """Markup in names and titles is escaped."""
    upstream.rpc("verify_certificate", 200, facts | {"name": text, "title": text})
    response = await client.get(f"/v1/certificates/{CODE}.svg")
    root = ElementTree.fromstring(response.content)
    namespace = "{http://www.w3.org/2000/svg}"
    allowed = {f"{namespace}{tag}" for tag in ("svg", "title", "desc", "rect", "text", "a", "path")}
    assert {element.tag for element in root.iter()} == allowed
    assert not any(name.startswith("on") for element in root.iter() for name in element.attrib)
    assert svg_texts(response.content).count(text) == 2
    assert response.headers["content-security-policy"] == "default-src 'none'"


def test_an_svg_can_be_read_aloud() -> None:
    """Title and description of the SVG say what the picture shows."""
    root = ElementTree.fromstring(draw_svg(page()))
    assert root.attrib["role"] == "img"
    assert root.attrib["lang"] == "en"
    assert root[0].text == "Certificate of completion: Lea Hoffmann"
    assert "Databases from the inside" in (root[1].text or "")


# PDF ---------------------------------------------------------------------------------------------


def test_characters_without_a_font(tmp_path: Path) -> None:
    """A missing character is replaced, if possible by its base letter; host fonts prevent that."""
    assert drawable("Łódź عربى नमस्ते", ()) == "Łódź عربى नमस्ते"
    assert drawable("李 ☃", ()) == "? ?"
    assert drawable("\uff2c\uff45\uff41 ①\u0301", ()) == "Lea 1\u0301"
    assert drawable("a\u200b\ufe0f", ()).startswith("a")
    assert not lacks("a\u200b", ())
    path = tmp_path / "symbols.ttf"
    path.write_bytes(NotoSansSymbols2_Regular.fontbuffer)
    assert drawable("李 ☃", (str(path),)) == "? ☃"
    plain = draw_pdf(page(name="☃"), ())
    with_font = draw_pdf(page(name="☃"), (str(path),))
    assert plain != with_font
    assert with_font.startswith(b"%PDF-")


async def test_fonts_of_the_host(
    serve: Serve, upstream: Upstream, facts: dict[str, Any], tmp_path: Path
) -> None:
    """The setting lists fonts of the host, separated by commas."""
    path = tmp_path / "symbols.ttf"
    path.write_bytes(NotoSansSymbols2_Regular.fontbuffer)
    upstream.rpc("verify_certificate", 200, facts | {"name": "☃"})
    async with serve(make_settings(certificate_fonts=f"{path}, ")) as client:
        response = await client.get(f"/v1/certificates/{CODE}.pdf")
    assert response.content == draw_pdf(page(name="☃"), (str(path),))


def test_the_files_of_the_bundled_fonts() -> None:
    """The font files are recreated after the folder is emptied, and removed with the service."""
    files = BundledFiles()
    first = Path(files.paths()[0])
    assert files.paths()[0] == str(first)
    first.unlink()
    second = Path(files.paths()[0])
    assert second.exists()
    shutil.rmtree(first.parent)
    files.remove()
    assert not second.parent.exists()
    files.remove()


@pytest.mark.slow
@pytest.mark.no_cover
async def test_many_at_once(
    client: httpx.AsyncClient, upstream: Upstream, facts: dict[str, Any]
) -> None:
    """Documents that are drawn concurrently in threads are not mixed up."""

    def own_name(request: httpx.Request) -> httpx.Response:
        code = json.loads(request.content)["code"]
        return httpx.Response(200, json=facts | {"code": code, "name": f"Learner {code[-2:]}"})

    upstream.on("POST", "rpc/verify_certificate", own_name)
    codes = [f"{CODE[:18]}{number:02}" for number in range(8)]
    responses = await asyncio.gather(
        *(client.get(f"/v1/certificates/{code}.pdf") for code in codes)
    )
    for code, response in zip(codes, responses, strict=True):
        own = CertificateFacts.model_validate(
            facts | {"code": code, "name": f"Learner {code[-2:]}"}
        )
        expected = lay_out(own, "The School", f"https://school.test/verify/{code}")
        draw_pdf.cache_clear()
        assert response.content == draw_pdf(expected, ())


async def test_c6_one_document_is_drawn_at_a_time(
    client: httpx.AsyncClient,
    upstream: Upstream,
    facts: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However many are asked for at once, one is drawn; a copy that is current draws nothing."""
    drawing, most, count = 0, 0, 0

    def draw(*_: Any) -> bytes:
        nonlocal drawing, most, count
        drawing, count = drawing + 1, count + 1
        most = max(most, drawing)
        time.sleep(0.02)
        drawing -= 1
        return b"%PDF-"

    monkeypatch.setattr(pdf, "draw_pdf", draw)
    upstream.rpc("verify_certificate", 200, facts)
    url = f"/v1/certificates/{CODE}.pdf"
    responses = await asyncio.gather(*(client.get(url) for _ in range(12)))
    assert {response.status_code for response in responses} == {200}
    assert (most, count) == (1, 12)
    copy = {"If-None-Match": responses[0].headers["etag"]}
    unchanged = await asyncio.gather(*(client.get(url, headers=copy) for _ in range(12)))
    assert {response.status_code for response in unchanged} == {304}
    assert count == 12


@pytest.mark.slow
@pytest.mark.parametrize("kind", DOCUMENTS)
def test_the_same_bytes_for_the_same_certificate(kind: str) -> None:
    """Another process at another time produces the same bytes."""
    script = (
        "import sys; from tests.api.test_certificates import *; "
        "draw_pdf.cache_clear(); drawn = page(name='Łódź عربى 李'); "
        f"sys.stdout.buffer.write(draw_pdf(drawn, ()) if {kind == 'pdf'} else draw_svg(drawn))"
    )
    root = Path(__file__).resolve().parents[2]
    outputs = [
        subprocess.run(
            [sys.executable, "-c", script],
            check=True,
            capture_output=True,
            cwd=root,
            env={"PYTHONPATH": f"{root}:{root / 'backend'}", "PYTHONHASHSEED": seed, "TZ": zone},
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo"))
    ]
    assert outputs[0] == outputs[1]
    assert len(outputs[0]) > 1000
