"""A page as PDF, with the required subsets of the fonts embedded."""

from contextlib import ExitStack
from functools import lru_cache
from typing import Final

from fpdf import FPDF
from fpdf.enums import Align
from fpdf.fonts import TTFFont

from app.services.certificates.fonts import BUNDLED_FILES, drawable, lacks
from app.services.certificates.layout import HEIGHT, WIDTH, Box, Code, Page, Text

MEDIA_TYPE: Final = "application/pdf"

_ALIGN: Final = {"start": Align.L, "middle": Align.C}


@lru_cache(maxsize=32)
def draw_pdf(page: Page, fonts: tuple[str, ...]) -> bytes:
    """The page as a document; the same page gives the same bytes.

    A character that neither the bundled fonts nor `fonts` (paths) have is replaced, and a line on
    the page says so. Takes a tenth of a second of CPU: call it in a thread.
    """
    pdf = FPDF("landscape", "pt", "A4")
    pdf.set_creation_date(page.created)
    pdf.set_title(page.title)
    pdf.set_subject(page.summary)
    pdf.set_author(page.author)
    pdf.set_lang(page.language)
    pdf.set_auto_page_break(False)
    pdf.set_margin(0)
    pdf.c_margin = 0
    regular, bold = BUNDLED_FILES.paths()
    pdf.add_font("base", "", regular)
    pdf.add_font("base", "B", bold)
    for number, path in enumerate(fonts):
        pdf.add_font(f"more{number}", "", path)
    pdf.set_fallback_fonts([f"more{number}" for number in range(len(fonts))], exact_match=False)
    pdf.set_text_shaping(True)
    pdf.add_page()
    for shape in (*page.shapes, *_note(page, fonts)):
        match shape:
            case Box():
                _box(pdf, shape)
            case Text():
                _text(pdf, shape, fonts)
            case Code():
                _code(pdf, shape)
    output = bytes(pdf.output())
    for font in pdf.fonts.values():
        if isinstance(font, TTFFont):
            font.ttfont.close()
    return output


def _note(page: Page, fonts: tuple[str, ...]) -> list[Text]:
    texts = [shape.text for shape in page.shapes if isinstance(shape, Text)]
    if not any(lacks(text, fonts) for text in texts):
        return []
    return [Text(WIDTH / 2, HEIGHT - 35, page.missing, 7.5, "#5b6875")]


def _box(pdf: FPDF, box: Box) -> None:
    if box.line:
        pdf.set_draw_color(box.colour)
        pdf.set_line_width(box.line)
        pdf.rect(box.x, box.y, box.width, box.height, style="D")
    else:
        pdf.set_fill_color(box.colour)
        pdf.rect(box.x, box.y, box.width, box.height, style="F")


def _text(pdf: FPDF, text: Text, fonts: tuple[str, ...]) -> None:
    pdf.set_font("base", "B" if text.bold else "", text.size)
    pdf.set_text_color(text.colour)
    # The cell must lie on the page, since fpdf2 measures a negative position from the right.
    half = min(text.x, WIDTH - text.x)
    left, width = (text.x, WIDTH - text.x) if text.anchor == "start" else (text.x - half, 2 * half)
    with ExitStack() as stack:
        if text.turn:
            stack.enter_context(pdf.rotation(text.turn, text.x, text.y))
        if text.opacity < 1:
            stack.enter_context(pdf.local_context(fill_opacity=text.opacity))
        # fpdf2 puts the baseline at eight tenths of the height of the cell.
        pdf.set_xy(left, text.y - 0.8 * text.size)
        pdf.cell(width, text.size, drawable(text.text, fonts), align=_ALIGN[text.anchor])


def _code(pdf: FPDF, code: Code) -> None:
    pdf.set_fill_color("#000000")
    for column, row, length in code.runs:
        x, y = code.x + column * code.module, code.y + row * code.module
        pdf.rect(x, y, length * code.module, code.module, style="F")
    side = max(row for _, row, _ in code.runs) + 1
    pdf.link(code.x, code.y, side * code.module, side * code.module, code.url)
