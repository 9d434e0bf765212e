"""Parse a roster: a list of learners as JSON or CSV.

An invalid row is returned with the reason, so that the answer has a result for each row. Only an
invalid document is an error.
"""

import csv
import io
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from app.core.errors import ServiceError

MAX_ROWS: Final = 500
_MAX_ECHO: Final = 254
# Names of columns as spreadsheets and other systems write them, in the languages of the tutor and
# some more, without case, blanks, hyphens and brackets.
_NAMES: Final = {
    **dict.fromkeys(
        (
            *("email", "emailaddress", "emailaddressrequired", "mail", "mailaddress"),
            *("emailadresse", "mailadresse", "emailadres", "emailadress", "epost", "epostadress"),
            *("adresseemail", "adressemail", "adressedemessagerie", "courriel", "adressecourriel"),
            *("correo", "correoelectrónico", "correoelectronico", "direccióndecorreo"),
            *("indirizzoemail", "indirizzodiemail", "postaelettronica", "endereçodeemail"),
            *("элпочта", "электроннаяпочта", "電子郵件", "电子邮件", "电子邮箱"),
            *("邮箱", "メール", "メールアドレス", "이메일", "이메일주소"),
        ),
        "email",
    ),
    "userid": "user_id",
}
_EMAIL = re.compile(r"[^\s@]{1,64}@[^\s@.]+(\.[^\s@.]+)+")


@dataclass(frozen=True, slots=True)
class RosterRow:
    """One learner as sent: identified by `user_id` or `email`, or the reason why the row is
    invalid.

    Attributes:
        email: as sent, without characters that cannot be encoded.
        problem: code and sentence, when the row cannot be used.
    """

    email: str | None = None
    user_id: UUID | None = None
    problem: tuple[str, str] | None = None

    def learner(self) -> dict[str, str]:
        """The row in the form that the database accepts."""
        if self.user_id is not None:
            return {"user_id": str(self.user_id)}
        return {"email": self.email or ""}


def parse_roster(content_type: str, body: bytes) -> list[RosterRow]:
    """Rows of a roster, at least one and at most 500.

    Raises:
        ServiceError: `unsupported_media_type`, `bad_json`, `validation_failed`, `invalid_csv`,
            `roster_empty`, `roster_too_large`.
    """
    media_type, _, parameters = content_type.lower().partition(";")
    if media_type.strip() == "text/csv":
        items: Iterable[object] = _read_csv(body, parameters)
    elif media_type.strip() == "application/json":
        items = _read_json(body)
    else:
        raise ServiceError("unsupported_media_type", "Send application/json or text/csv.")

    rows: list[RosterRow] = []
    for item in items:
        if len(rows) == MAX_ROWS:
            raise ServiceError("roster_too_large", f"Send at most {MAX_ROWS} rows at once.")
        rows.append(_row(item))
    if not rows:
        raise ServiceError("roster_empty")
    return rows


def _read_json(body: bytes) -> list[object]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise ServiceError("bad_json") from None
    learners = document.get("learners") if isinstance(document, dict) else document
    if not isinstance(learners, list):
        raise ServiceError("validation_failed", 'Send a list, or {"learners": [...]}.')
    return learners


def _read_csv(body: bytes, parameters: str) -> Iterator[Mapping[str, str] | None]:
    """Records by column name; None for a record with more cells than the header."""
    charset = re.search(r"charset\s*=\s*\"?([\w-]+)", parameters)
    if charset is not None and charset[1] not in {"utf-8", "utf8", "us-ascii"}:
        raise ServiceError("invalid_csv", "The CSV must be UTF-8.")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ServiceError("invalid_csv", "The CSV must be UTF-8.") from None

    first = text.lstrip("\r\n").partition("\n")[0]
    delimiter = next((mark for mark in ",;\t" if mark in first), ",")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header: list[str] | None = None
    try:
        for cells in reader:
            cells = [cell.strip() for cell in cells]
            if not any(cells):
                continue
            if header is None:
                header = _header(cells)
            elif any(cells[len(header) :]):
                yield None
            else:
                yield dict(zip(header, cells, strict=False))
    except csv.Error as error:
        raise ServiceError("invalid_csv", f"Line {reader.line_num}: {error}.") from None


def _header(cells: list[str]) -> list[str]:
    names = [_name(cell) for cell in cells]
    if names.count("email") + names.count("user_id") == 0:
        raise ServiceError("invalid_csv", "The first line must name a column `email` or `user_id`.")
    if names.count("email") > 1 or names.count("user_id") > 1:
        raise ServiceError("invalid_csv", "A column is there twice.")
    return names


def _name(column: str) -> str:
    """The name of a column: `email`, `user_id`, or another one as it is written."""
    plain = "".join(filter(str.isalnum, unicodedata.normalize("NFKC", column).casefold()))
    return _NAMES.get(plain, column)


def _row(item: object) -> RosterRow:
    if not isinstance(item, Mapping):
        return RosterRow(problem=("invalid_row", "This is not one learner."))
    fields: dict[str, Any] = {}
    for key, value in item.items():
        name = _name(key)
        if value and fields.setdefault(name, value) != value:
            return RosterRow(problem=("invalid_row", f"The row has two values of {name}."))
    email, user_id = fields.get("email"), fields.get("user_id")
    shown = _shown(email)
    if user_id is not None:
        try:
            return RosterRow(shown, UUID(user_id))
        except (ValueError, TypeError, AttributeError):
            return RosterRow(shown, problem=("invalid_user_id", "The user id is not a UUID."))
    if email is None:
        return RosterRow(problem=("invalid_row", "There is neither an address nor a user id."))
    if not isinstance(email, str) or not _is_address(email.strip()):
        return RosterRow(shown, problem=("invalid_email", "This is not an e-mail address."))
    return RosterRow(shown)


def _is_address(text: str) -> bool:
    return len(text) <= _MAX_ECHO and text.isprintable() and bool(_EMAIL.fullmatch(text))


def _shown(value: Any) -> str | None:
    """Text that can be sent back: no half surrogate pairs, cut to the length of an address."""
    if not isinstance(value, str):
        return None
    return value.strip()[:_MAX_ECHO].encode("utf-8", "replace").decode("utf-8")
