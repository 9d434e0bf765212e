"""A page as SVG. Text remains text: the viewer's fonts draw any script."""

import base64
from typing import Final
from xml.etree import ElementTree

from app.services.certificates.layout import HEIGHT, WIDTH, Box, Code, Page, Text

MEDIA_TYPE: Final = "image/svg+xml"

_FONTS: Final = "FiraGO, 'Fira Sans', 'Noto Sans', 'Segoe UI', Helvetica, Arial, sans-serif"


def draw_svg(page: Page) -> bytes:
    """The page as a document in UTF-8; the same page gives the same bytes."""
    root = ElementTree.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {_n(WIDTH)} {_n(HEIGHT)}",
            "width": "297mm",
            "height": "210mm",
            "role": "img",
            "aria-labelledby": "title summary",
            "lang": page.language,
            "font-family": _FONTS,
        },
    )
    ElementTree.SubElement(root, "title", {"id": "title"}).text = page.title
    ElementTree.SubElement(root, "desc", {"id": "summary"}).text = page.summary
    for shape in page.shapes:
        match shape:
            case Box():
                _box(root, shape)
            case Text():
                _text(root, shape)
            case Code():
                _code(root, shape)
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


def _box(root: ElementTree.Element, box: Box) -> None:
    paint = (
        {"fill": "none", "stroke": box.colour, "stroke-width": _n(box.line)}
        if box.line
        else {"fill": box.colour}
    )
    place = {"x": box.x, "y": box.y, "width": box.width, "height": box.height}
    ElementTree.SubElement(root, "rect", {name: _n(value) for name, value in place.items()} | paint)


def _text(root: ElementTree.Element, text: Text) -> None:
    attributes = {
        "x": _n(text.x),
        "y": _n(text.y),
        "font-size": _n(text.size),
        "fill": text.colour,
        "text-anchor": text.anchor,
    }
    if text.width:
        attributes |= {"textLength": _n(text.width), "lengthAdjust": "spacingAndGlyphs"}
    if text.bold:
        attributes["font-weight"] = "bold"
    if text.opacity < 1:
        attributes["fill-opacity"] = _n(text.opacity)
    if text.turn:
        attributes["transform"] = f"rotate({_n(-text.turn)} {_n(text.x)} {_n(text.y)})"
    ElementTree.SubElement(root, "text", attributes).text = text.text


def _code(root: ElementTree.Element, code: Code) -> None:
    link = ElementTree.SubElement(root, "a", {"href": code.url})
    # Rows overlap a little, or thin lines would show between them.
    path = "".join(f"M{column} {row}h{length}v1.04h-{length}z" for column, row, length in code.runs)
    ElementTree.SubElement(
        link,
        "path",
        {
            "transform": f"translate({_n(code.x)} {_n(code.y)}) scale({code.module:.5f})",
            "fill": "#000000",
            "d": path,
        },
    )


def _n(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")


def badge_image(title: str) -> str:
    """The image of an achievement as a data URI: a medal with the first letter of the title."""
    root = ElementTree.Element(
        "svg",
        {"xmlns": "http://www.w3.org/2000/svg", "viewBox": "0 0 200 200", "font-family": _FONTS},
    )
    for radius, colour in ((96, "#1f4e79"), (84, "#ffffff"), (78, "#1f4e79")):
        circle = {"cx": "100", "cy": "100", "r": str(radius), "fill": colour}
        ElementTree.SubElement(root, "circle", circle)
    letter = {
        "x": "100",
        "y": "132",
        "font-size": "92",
        "font-weight": "bold",
        "text-anchor": "middle",
        "fill": "#ffffff",
    }
    initial = next(filter(str.isalnum, title), "")
    ElementTree.SubElement(root, "text", letter).text = initial.upper()
    encoded = base64.b64encode(ElementTree.tostring(root, encoding="utf-8")).decode()
    return f"data:{MEDIA_TYPE};base64,{encoded}"
