"""The table of formats, and the reading of an upload."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from pydantic import ValidationError

from app.models.bundle import Bundle, BundleLesson, BundleQuestion
from app.services.formats import (
    carpentries,
    cartridge,
    folder,
    gift,
    moodle_backup,
    moodle_xml,
    olx,
    qti1,
    qti2,
)
from app.services.formats.archive import Files, open_upload
from app.services.formats.course import Course
from app.services.formats.report import FormatError, Place, Report


@dataclass(frozen=True, slots=True)
class Format:
    """A format: is an upload of it, and what does it become.

    Attributes:
        unpack: the files with the names that people gave them.
    """

    name: str
    fits: Callable[[Files], bool]
    read: Callable[[Files, Report], Course]
    unpack: Callable[[Files], Files] | None = None


# The first that fits reads.
FORMATS: Final = (
    Format("gift", gift.fits, gift.read),
    Format("moodle_xml", moodle_xml.fits, moodle_xml.read, moodle_xml.unpack),
    Format("moodle_backup", moodle_backup.fits, moodle_backup.read, moodle_backup.unpack),
    Format("common_cartridge", cartridge.fits, cartridge.read),
    Format("olx", olx.fits, olx.read, olx.unpack),
    Format("qti_1", qti1.fits, qti1.read),
    Format("qti_2", qti2.fits, qti2.read),
    Format("carpentries", carpentries.fits, carpentries.read),
    Format("markdown", folder.fits, folder.read),
)


@dataclass(frozen=True, slots=True)
class Imported:
    """The result of reading an upload.

    Attributes:
        places: where each lesson is in the upload, by slug.
    """

    format: str
    bundle: Bundle
    report: Report
    files: Files
    places: Mapping[str, Place]

    def lessons(self) -> list[BundleLesson]:
        """All lessons in order."""
        return [lesson for part in self.bundle.course.modules for lesson in part.lessons]

    def questions(self) -> list[BundleQuestion]:
        """The questions of all quizzes in order."""
        quizzes = [lesson.quiz for lesson in self.lessons() if lesson.quiz is not None]
        return [question for quiz in quizzes for question in quiz.questions]


def read_upload(name: str, data: bytes) -> Imported:
    """Read an upload of any format.

    Raises:
        FormatError: it cannot be read, or nothing in it can be imported.
    """
    report = Report()
    files = open_upload(name, data, report)
    known = next((known for known in FORMATS if known.fits(files)), None)
    if known is None:
        raise FormatError("unknown_format", "The upload has no known format.", Place(files.name))
    try:
        if known.unpack is not None:
            files = known.unpack(files)
        course = known.read(files, report)
        bundle = course.bundle()
    except RecursionError:
        raise FormatError(
            "invalid_file", "A file is nested too deeply.", Place(files.name)
        ) from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = "/".join(str(part) for part in first["loc"])
        raise FormatError("invalid_file", f"{where}: {first['msg']}.", Place(files.name)) from None
    places = {item.slug: item.place for item in course.lessons()}
    return Imported(known.name, bundle, report, files, places)
