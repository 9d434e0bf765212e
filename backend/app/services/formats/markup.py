"""XML and HTML of an upload: parsed without entities and network, HTML as Markdown."""

import copy
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup, Tag
from bs4.element import Comment, NavigableString
from lxml import etree
from markdownify import ASTERISK, MarkdownConverter

from app.services.formats.archive import MAX_TEXT_BYTES, Files
from app.services.formats.report import FormatError, Place, Report

Element = etree._Element

# No formula begins in a formula: the search for a missing end stops there. \\[2pt] is a new line.
_MATH = re.compile(
    r"\\\(((?:(?!(?<!\\)\\\().)+?)\\\)|\\\[((?:(?!(?<!\\)\\\[).)+?)\\\]|(\$\$.+?\$\$)", re.DOTALL
)
# Elements whose meaning Markdown cannot carry.
_DROPPED: Final = ("script", "style", "form", "input", "button", "select", "textarea", "applet")
_PLAYERS: Final = ("iframe", "video", "audio", "embed", "object")
_TEX: Final = re.compile("^application/x-(la)?tex$", re.IGNORECASE)
# Marks a place in a text while it is converted; private use, so no text has them.
_OPEN: Final = "\ue000"
_CLOSE: Final = "\ue001"


def parse_xml(files: Files, path: str) -> Element:
    """The root element of an XML file. Names keep their namespace; see `local`.

    Raises:
        FormatError: `invalid_file`, it is missing, not well-formed or declares entities.
    """
    place = Place(path)
    data = files.content.get(path)
    if data is None:
        raise FormatError("invalid_file", f"The file {path} is missing.", place)
    return parse_bytes(data, place)


def parse_bytes(data: bytes, place: Place) -> Element:
    """The root element of a document; as `parse_xml`."""
    if len(data) > 8 * MAX_TEXT_BYTES:
        raise FormatError("invalid_file", f"The file {place.file} is too long.", place)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        line = error.lineno or None
        raise FormatError(
            "invalid_file", f"{place.file} is not well-formed: {error.msg}.", place.at(line)
        ) from None
    except ValueError:
        raise FormatError("invalid_file", f"{place.file} cannot be read.", place) from None
    declared = root.getroottree().docinfo.internalDTD
    if declared is not None and any(True for _ in declared.iterentities()):
        raise FormatError("invalid_file", f"{place.file} declares entities.", place)
    return root


def local(element: Element) -> str:
    """The name of an element without its namespace."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def children(element: Element | None, *names: str) -> list[Element]:
    """The children with these names; all without a name."""
    if element is None:
        return []
    return [child for child in element if local(child) and (not names or local(child) in names)]


def child(element: Element | None, *path: str) -> Element | None:
    """The first element below, a name a level."""
    for name in path:
        element = next(iter(children(element, name)), None)
    return element


def below(element: Element | None, *names: str) -> Iterator[Element]:
    """All elements below with these names, in the order of the document."""
    if element is not None:
        for item in element.iter():
            if local(item) in names and item is not element:
                yield item


def text_of(element: Element | None, *path: str) -> str:
    """The whole text of an element, or of one below it; empty when it is missing."""
    element = child(element, *path) if path else element
    return "" if element is None else "".join(str(part) for part in element.itertext()).strip()


def number_of(text: str) -> float | None:
    """A finite number; None for any other text."""
    try:
        value = float(text.strip().replace(",", "."))
    except ValueError:
        return None
    return value if abs(value) < 1e15 else None


def inner_xml(element: Element) -> str:
    """What an element holds, as markup without namespaces."""
    # A copy, not a new reading: without its DTD the names of HTML, as &nbsp;, are not known.
    copied = copy.deepcopy(element)
    for item in copied.iter():
        if isinstance(item.tag, str):
            item.tag = local(item)
            for name in list(item.attrib):
                plain = str(name).rpartition("}")[2]
                if plain != name:
                    item.set(plain, item.attrib.pop(name))
    etree.cleanup_namespaces(copied)
    head = escape(copied.text or "")
    return head + "".join(etree.tostring(part, encoding="unicode") for part in copied)


def remove(element: Element) -> None:
    """Take an element out of its document; what follows it stays."""
    parent, tail = element.getparent(), element.tail or ""
    if parent is None:
        return
    before = element.getprevious()
    if before is None:
        parent.text = (parent.text or "") + tail
    else:
        before.tail = (before.tail or "") + tail
    parent.remove(element)


def mark(element: Element, text: str, tag: str) -> None:
    """Put a text in place of an element; what follows it stays."""
    parent = element.getparent()
    if parent is not None:
        made = etree.Element(tag)
        made.text, made.tail = text, element.tail
        parent.replace(element, made)
        element.tail = None


def escape(text: str) -> str:
    """Text as HTML."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@dataclass(slots=True)
class Links:
    """How addresses of one format are read, and which files a text names.

    Attributes:
        resolve: an address to the path of a file of the upload, or to another address; None when
            it leads nowhere.
        used: the files that were named, in order.
    """

    resolve: Callable[[str], str | None]
    files: Files
    used: dict[str, None] = field(default_factory=dict)

    def address(self, address: str, place: Place, report: Report) -> str:
        """The address to write, and a note when a file is missing."""
        parts = urlsplit(address) if _is_url(address) else None
        if parts is not None and parts.scheme in {"http", "https", "mailto"}:
            return address
        if parts is not None and parts.scheme and parts.scheme not in {"http", "https", "mailto"}:
            report.lost("address", f"The address {address[:80]} is left out.", place)
            return ""
        if not address or address.startswith("#"):
            return address
        found = self.resolve(address)
        if found is None:
            report.lost("missing_file", f"{address[:120]} is not in the upload.", place)
            return address
        if found in self.files:
            self.used[found] = None
        return found


def _is_url(address: str) -> bool:
    try:
        return bool(urlsplit(address).scheme)
    except ValueError:
        return False


def path_of(address: str) -> str:
    """The path in an address, decoded, without query and fragment."""
    return unquote(address.partition("#")[0].partition("?")[0])


def inside(folder: str, address: str) -> str:
    """A relative address as a path of the upload."""
    parts = folder.split("/") if folder else []
    for part in address.split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts)


def quote(address: str) -> str:
    """An address without signs that end one in Markdown."""
    return re.sub(r"[\s()<>]", lambda found: f"%{ord(found[0]):02X}", address)


class _Converter(MarkdownConverter):
    """Markdown with the signs that this project's texts use."""

    def __init__(self) -> None:
        super().__init__(
            heading_style="ATX",
            bullets="-",
            strong_em_symbol=ASTERISK,
            newline_style="backslash",
            escape_misc=False,
        )


def to_markdown(html: str, place: Place, report: Report, links: Links | None = None) -> str:
    """HTML as Markdown. What Markdown cannot say is in the report."""
    if "<" not in html and "&" not in html:
        return _math_text(html).strip()
    stored: list[str] = []
    soup = BeautifulSoup(html, "lxml")
    try:
        _prepare(soup, place, report, links, stored)
        text = _Converter().convert_soup(soup)
    except RecursionError:
        report.changed("too_deep", "A text is nested too deeply; it comes without form.", place)
        text = soup.get_text("\n")
    for number, part in enumerate(stored):
        text = text.replace(f"{_OPEN}{number}{_CLOSE}", part)
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"(?<![ \t])[ \t]+\n", "\n", text)).strip()


def plain(html: str) -> str:
    """HTML as one line of text, for titles."""
    if "<" in html or "&" in html:
        html = BeautifulSoup(html, "lxml").get_text(" ")
    return " ".join(html.split())


def _prepare(
    soup: BeautifulSoup, place: Place, report: Report, links: Links | None, stored: list[str]
) -> None:
    def store(text: str) -> str:
        stored.append(text)
        return f"{_OPEN}{len(stored) - 1}{_CLOSE}"

    for note in soup.find_all(string=lambda part: isinstance(part, Comment)):
        note.extract()
    for tag in soup.find_all(_DROPPED):
        if tag.name in {"script", "style"}:
            report.lost("html_element", f"An element {tag.name} is left out.", place)
            tag.decompose()
        else:
            report.lost("html_element", f"An element {tag.name} comes as its text.", place)
            tag.unwrap()
    for tag in soup.find_all(_PLAYERS):
        if not tag.decomposed:
            _player(soup, tag, place, report)
    for tag in soup.find_all("math"):
        source = tag.find("annotation", attrs={"encoding": _TEX})
        if source is not None:
            tag.replace_with(store(f"${source.get_text().strip()}$"))
        else:
            report.changed("formula", "A formula in MathML comes as its text.", place)
    for tag in soup.find_all("img"):
        formula = _text(tag, "data-equation-content")
        if formula:
            tag.replace_with(store(f"${formula}$"))
            continue
        tag["src"] = _address(_text(tag, "src"), place, report, links)
        if not _text(tag, "alt").strip():
            report.changed("missing_alt", "An image has no alternative text.", place)
    for tag in soup.find_all("a"):
        if tag.has_attr("href"):
            tag["href"] = _address(_text(tag, "href"), place, report, links)
            if not tag["href"]:
                tag.unwrap()
    for part in soup.find_all(string=_MATH):
        if type(part) is NavigableString and part.find_parent(["code", "pre"]) is None:
            part.replace_with(_MATH.sub(lambda found: store(_formula(found)), str(part)))


def _player(soup: BeautifulSoup, tag: Tag, place: Place, report: Report) -> None:
    """A player becomes a link to what it plays."""
    source = tag.find("source")
    address = _text(tag, "src") or _text(tag, "data")
    if not address and isinstance(source, Tag):
        address = _text(source, "src")
    title = _text(tag, "title") or "Media"
    if not address:
        report.lost("html_element", f"An element {tag.name} without address is left out.", place)
        tag.decompose()
        return
    report.changed("embedded_media", f"An element {tag.name} comes as a link.", place)
    link = soup.new_tag("a", href=address)
    link.string = title
    tag.replace_with(link)


def _address(address: str, place: Place, report: Report, links: Links | None) -> str:
    address = "".join(address.split("\n")).strip()
    if links is None:
        links = Links(lambda _: None, Files("", {}))
    return quote(links.address(address, place, report))


def _text(tag: Tag, name: str) -> str:
    value: Any = tag.get(name)
    return value if isinstance(value, str) else ""


def _formula(found: "re.Match[str]") -> str:
    if found[1] is not None:
        return f"${found[1].strip()}$"
    return f"$${found[2].strip()}$$" if found[2] is not None else found[0]


def _math_text(text: str) -> str:
    return _MATH.sub(_formula, text)
