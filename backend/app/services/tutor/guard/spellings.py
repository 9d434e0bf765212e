"""A withheld text in another spelling: reversed, shifted, encoded, by first letters."""

import base64
import binascii
import re
from collections.abc import Iterable
from typing import Final

from app.services.tutor.guard.case import Case
from app.services.tutor.guard.piece import Piece, consonants, mapped
from app.services.tutor.language import cues, words
from app.services.tutor.teach import items as questions

# Seven characters encode five letters; shorter answers are not searched for. Plain words are not
# decoded: encoded text has a capital, a digit or a sign after its first letter.
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{7,}={0,2}")
_FIGURE: Final = re.compile(r"\d")
# Letters written as numbers: in any base, five of them are a run of these characters.
_NUMBERED: Final = re.compile(r"\d[0-9a-fA-FxXu%&#\\\s:,;.|-]{8,}")
_HEX: Final = re.compile(r"(?:(?:0x|\\x|%|\\u00)?[0-9a-fA-F]{2}[\s:,;.-]{0,2}){3,}")
_CODES: Final = re.compile(r"(?:(?:&#)?\b\d{2,3}\b[\s,;:.|-]{1,3}){2,}(?:&#)?\d{2,3}\b")
_PLACES: Final = re.compile(r"(?:\b\d{1,2}\b[\s,;:.|-]{1,3}){3,}\d{1,2}\b")
_BITS: Final = re.compile(r"(?:[01]{7,8}[\s,;:.-]{0,2}){2,}")
_LEET: Final = bytes.maketrans(b"013457@$!896", b"oieastasibgb")
_LEET_SIGN: Final = re.compile(r"[013456789@$!]")
_ROT13: Final = bytes.maketrans(
    questions.LETTERS.encode(), (questions.LETTERS[13:] + questions.LETTERS[:13]).encode()
)


def spellings(case: Case, piece: Piece, window: Piece, near: frozenset[str]) -> str | None:
    """The secret in another spelling: reversed, shifted, encoded, by first letters."""
    if not case.hidden:
        return None
    letters = window.squeezed
    initials = "".join([token[0] for token in window.tokens])
    lines = "".join(case.initials) + (piece.tokens[0][0] if piece.tokens else "")
    leet = letters
    if _LEET_SIGN.search(window.raw):
        leet = words.squeeze(mapped(window.folded, _LEET))
    phonetic = "".join(cues.PHONETIC.get(token, "") for token in window.tokens)
    candidates = [
        letters[::-1],
        mapped(letters, _ROT13),
        initials,
        initials[::-1],
        lines,
        lines[::-1],
        leet,
        phonetic,
        "".join([token[-1] for token in window.tokens]),
        *_decoded(piece.raw),
        *(_decoded(window.raw) if window is not piece else ()),
    ]
    # One search over all spellings; the separator keeps a match from crossing two of them.
    joined = "\0".join(candidate for candidate in candidates if len(candidate) >= 5)
    # Plain letters are the matter of `answers.texts`.
    if any(core in joined and core not in letters for core in case.hidden):
        return "encoded"
    bones = consonants(letters)
    if any(skeleton in bones and core not in letters for skeleton, core in case.skeletons):
        return "encoded"
    if case.strict:
        spelled = "".join(token if len(token) == 1 else " " for token in window.tokens)
        if re.search(r"[a-z]{4,}", spelled):
            return "encoded"
    return None


def _decoded(raw: str) -> Iterable[str]:
    """What the encoded runs of a text say, as folded letters."""
    found: list[str] = []
    coded = " ".join(
        [
            token
            for token in raw.split()
            if len(token) >= 7 and not (token[1:].islower() and not _FIGURE.search(token))
        ]
    )
    for token in _BASE64.findall(coded):
        body = token.rstrip("=")
        try:
            data = base64.b64decode(
                body + "=" * (-len(body) % 4),
                altchars=b"-_" if "-" in body or "_" in body else None,
            )
            found.append(data.decode("utf-8"))
        except (binascii.Error, ValueError):
            continue
    for part in _NUMBERED.findall(raw):
        for match in _HEX.findall(part):
            digits = re.sub(r"0x|\\x|\\u00|[^0-9a-fA-F]", "", match)
            try:
                found.append(bytes.fromhex(digits[: len(digits) // 2 * 2]).decode("utf-8"))
            except ValueError:
                continue
        for match in _CODES.findall(part):
            codes = [int(code) for code in re.findall(r"\d+", match)]
            if all(31 < code < 127 for code in codes):
                found.append("".join(chr(code) for code in codes))
        for match in _PLACES.findall(part):
            places = [int(place) for place in re.findall(r"\d+", match)]
            if all(1 <= place <= 26 for place in places):
                found.append("".join(questions.LETTERS[place - 1] for place in places))
        for match in _BITS.findall(part):
            found.append("".join(chr(int(bits, 2)) for bits in re.findall(r"[01]{7,8}", match)))
    return [words.squeeze(words.fold(text)) for text in found if text.isprintable()]
