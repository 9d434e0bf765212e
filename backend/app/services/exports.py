"""Lists of a course as CSV for spreadsheets: a byte order mark first, and no cell is a formula."""

import csv
import io
import re
from collections.abc import AsyncIterator
from typing import Any, Final

from app.core.supabase import Row, Supabase

MEDIA_TYPE: Final = "text/csv"
_PAGE_SIZE: Final = 200
# A spreadsheet takes a cell that begins with such a sign for a formula. In many languages a
# semicolon ends a cell for it, also in a text.
_FORMULA = re.compile('^(?=[\t\r\n])|(?:^|(?<=[;\t\r\n]))(?="*[-=+@\uff1d\uff0b\uff0d\uff20])')


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return _FORMULA.sub("'", value) if isinstance(value, str) else str(value)


def _lines(rows: list[list[Any]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue().encode()


async def export_rows(
    supabase: Supabase, function: str, columns: tuple[str, ...], course_id: str
) -> AsyncIterator[bytes]:
    """A list of the database, page by page, as CSV in UTF-8.

    Args:
        function: a function of the database with `course_id`, `page_size` and `cursor`.
        columns: the columns of its rows, in the order of the file.

    Raises:
        UpstreamError, ServiceError: as `Supabase`; before the first bytes for whoever may not
            read the list.
    """
    page: list[Row] = []
    cursor = None
    head = "\ufeff".encode() + _lines([list(columns)])
    while cursor is None or len(page) == _PAGE_SIZE:
        page = (
            await supabase.rpc(function, course_id=course_id, page_size=_PAGE_SIZE, cursor=cursor)
        ).rows()
        yield head + _lines([[row[column] for column in columns] for row in page])
        head = b""
        cursor = page[-1]["cursor"] if page else ""
