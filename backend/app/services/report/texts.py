"""The languages of a report."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from app.services.report.words import ENGLISH, GERMAN

_SPACE: Final = "\u00a0"


@dataclass(frozen=True, slots=True)
class Texts:
    """One language: its words, and its formats of numbers, times and days."""

    language: str
    decimal_mark: str
    thousands_mark: str
    percent_mark: str
    day: str
    months: tuple[str, ...]
    months_short: tuple[str, ...]
    held_back: str
    nothing: str
    words: Mapping[str, str]

    def __getitem__(self, word: str) -> str:
        return self.words[word]

    def number(self, value: float, places: int = 0) -> str:
        """A number with the separators of the language."""
        text = f"{value:,.{places}f}"
        marks = str.maketrans({",": self.thousands_mark, ".": self.decimal_mark})
        return text.translate(marks)

    def percent(self, value: float) -> str:
        """A whole percentage."""
        return self.number(value) + self.percent_mark

    def decimal(self, value: float) -> str:
        """A number with one decimal place, unless that is 0."""
        return self.number(value, 0 if round(value, 1) == round(value) else 1)

    def duration(self, seconds: float) -> str:
        """Seconds, minutes, or hours and minutes below ten hours, or hours."""
        minutes = round(seconds / 60)
        if seconds < 60:
            return f"{self.number(seconds)}{_SPACE}s"
        if minutes < 60:
            return f"{minutes}{_SPACE}min"
        hours, minutes = divmod(minutes, 60)
        if hours >= 10 or not minutes:
            return f"{self.number(hours + (minutes >= 30))}{_SPACE}h"
        return f"{hours}{_SPACE}h {minutes}{_SPACE}min"

    def full_date(self, day: date) -> str:
        """A day with its year; a moment counts as its day in UTC."""
        if isinstance(day, datetime):
            day = day.astimezone(UTC)
        return self.day.format(day=day.day, month=self.months[day.month - 1]) + f" {day.year}"

    def short_date(self, day: date) -> str:
        """A day without its year."""
        return self.day.format(day=day.day, month=self.months_short[day.month - 1])

    def month(self, day: date) -> str:
        """A month; January with its year."""
        name = self.months_short[day.month - 1]
        return f"{name} {day.year}" if day.month == 1 else name


_ENGLISH: Final = Texts(
    language="en",
    decimal_mark=".",
    thousands_mark=",",
    percent_mark="%",
    day="{day} {month}",
    months=(
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
    months_short=(
        *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
        *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    ),
    held_back="fewer than five",
    nothing="\u2013",
    words=ENGLISH,
)
_GERMAN: Final = Texts(
    language="de",
    decimal_mark=",",
    thousands_mark=".",
    percent_mark=_SPACE + "%",
    day="{day}. {month}",
    months=(
        *("Januar", "Februar", "März", "April", "Mai", "Juni"),
        *("Juli", "August", "September", "Oktober", "November", "Dezember"),
    ),
    months_short=(
        *("Jan.", "Feb.", "März", "Apr.", "Mai", "Juni"),
        *("Juli", "Aug.", "Sept.", "Okt.", "Nov.", "Dez."),
    ),
    held_back="weniger als fünf",
    nothing="\u2013",
    words=GERMAN,
)

LANGUAGES: Final = {texts.language: texts for texts in (_ENGLISH, _GERMAN)}

_RANGE: Final = re.compile(r"([A-Za-z]{1,8})(?:-[A-Za-z0-9-]*)?\s*(?:;\s*q=([01](?:\.\d*)?))?")


def texts_for(accepted: str, locale: str) -> Texts:
    """The texts for a caller.

    Args:
        accepted: the header `Accept-Language`; its best supported language wins.
        locale: else the BCP 47 tag of the course; else English.
    """
    ranges = [match for part in accepted.split(",") if (match := _RANGE.fullmatch(part.strip()))]
    best = sorted(ranges, key=lambda match: -float(match[2] or 1))
    wanted = [match[1] for match in best if float(match[2] or 1) > 0]
    for language in (*wanted, locale.partition("-")[0]):
        if texts := LANGUAGES.get(language.lower()):
            return texts
    return _ENGLISH
