"""Random damage to uploads of each format: a course, or a refusal with its code."""

from random import Random

import pytest

from app.services.formats.reading import read_upload
from app.services.formats.report import FormatError
from tests.formats.support import as_zip
from tests.formats.test_check import GOOD
from tests.formats.test_gift import KINDS
from tests.formats.test_moodle_backup import BANK, backup, bank_4, slot_4
from tests.formats.test_olx import FILES
from tests.formats.test_qti1 import DOCUMENT
from tests.formats.test_qti1 import ITEMS as ITEMS_1
from tests.formats.test_qti2 import ITEMS as ITEMS_2
from tests.formats.test_qti2 import as_qti3

CODES = {"invalid_file", "unknown_format", "nothing_to_import", "upload_too_large"}
UPLOADS = {
    "gift": {"a.gift": KINDS},
    "qti1": {"a.xml": DOCUMENT.format(ITEMS_1)},
    "qti2": {f"{number}.xml": text for number, text in enumerate(ITEMS_2)},
    "qti3": {f"{number}.xml": as_qti3(text) for number, text in enumerate(ITEMS_2)},
    "olx": FILES,
    "markdown": GOOD,
    "moodle": {
        path: text
        for path, text in backup(slot_4(1, 101) + slot_4(2, 105), bank_4(*BANK)).items()
        if isinstance(text, str)
    },
}
WORDS = (
    "",
    "0",
    "-1",
    "1e999",
    "nan",
    "[[1]]",
    "&lt;",
    "\ue010",
    "\U0001f30a",
    "x" * 5_000,
    "<p/>",
)


def damaged(random: Random, text: str) -> str:
    """A text with a part cut, doubled, moved or replaced."""
    start = random.randrange(len(text) + 1)
    end = min(len(text), start + random.choice((1, 5, 40, 400)))
    part = text[start:end]
    place = random.randrange(len(text) + 1)
    return random.choice(
        (
            text[:start] + text[end:],
            text[:start] + part + part + text[end:],
            text[:place] + part + text[place:],
            text[:start] + random.choice(WORDS) + text[end:],
        )
    )


@pytest.mark.parametrize("kind", UPLOADS)
def test_damage(kind: str, rounds: int = 40) -> None:
    """No damage is a crash, and what comes fits the model of a bundle."""
    random = Random(kind)
    whole = UPLOADS[kind]
    for _ in range(rounds):
        path = random.choice(list(whole))
        files = {**whole, path: damaged(random, whole[path])}
        try:
            imported = read_upload("upload.zip", as_zip(files))
        except FormatError as error:
            assert error.code in CODES, files[path]
        else:
            assert imported.bundle.course.modules
