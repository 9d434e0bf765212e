"""Backups of Moodle (.mbz): sections, pages, labels, books, files, links, quizzes, assignments."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from app.services.formats.archive import Files
from app.services.formats.course import LESSON, Course, Lesson, Quiz, bundle_files
from app.services.formats.markup import (
    Element,
    Links,
    below,
    child,
    children,
    number_of,
    parse_xml,
    path_of,
    plain,
    quote,
    text_of,
    to_markdown,
)
from app.services.formats.moodle_question import NULL, converted
from app.services.formats.moodle_xml import Reader
from app.services.formats.report import FormatError, Place, Report

_BACKUP: Final = "moodle_backup.xml"
_FILES: Final = "files.xml"
_QUESTIONS: Final = "questions.xml"
_CALL = re.compile(r"\$@([A-Z]+?)(?:VIEWBYID|VIEWBYIDCH|INDEX)\*(\d+)(?:\*\d+)?@\$")
_METHODS: Final = {"1": "highest", "2": "average", "3": "first", "4": "last"}


def fits(files: Files) -> bool:
    """Whether an upload has the index of a backup."""
    return _BACKUP in files


def unpack(files: Files) -> Files:
    """Files by their names: in a backup a name is the sum of the content."""
    found = dict(files.content)
    for file, path in _stored(files):
        name = text_of(file, "filename").replace("/", "_")
        found[f"{path}/{name}"] = files.content[path]
        found.pop(path, None)
    return Files(files.name, found)


def _stored(files: Files) -> Iterator[tuple[Element, str]]:
    """The files of the index, with the path of their content."""
    if _FILES not in files:
        return
    for file in children(parse_xml(files, _FILES), "file"):
        digest = text_of(file, "contenthash")
        path = f"files/{digest[:2]}/{digest}"
        if text_of(file, "filename") not in {"", "."} and path in files:
            yield file, path


def read(files: Files, report: Report) -> Course:
    """A module for each section."""
    return _Backup(files, report).read()


@dataclass(slots=True)
class _Backup:
    files: Files
    report: Report
    # Paths of files, by owner (a context, a question or an answer) and name.
    stored: dict[tuple[str, str], str] = field(default_factory=dict)
    # The questions of each entry of the question bank, by version.
    bank: dict[str, dict[int, Element]] = field(default_factory=dict)
    by_id: dict[str, Element] = field(default_factory=dict)
    # The entries of each category.
    categories: dict[str, list[str]] = field(default_factory=dict)
    slugs: dict[str, str] = field(default_factory=dict)

    def read(self) -> Course:
        index = parse_xml(self.files, _BACKUP)
        information = child(index, "information")
        title = text_of(information, "original_course_fullname")
        course = Course(title or "Imported course", self.report, Place(_BACKUP))
        self._read_files()
        self._read_bank()
        if "course/course.xml" in self.files:
            root = parse_xml(self.files, "course/course.xml")
            place = Place("course/course.xml")
            links = self._links(root.get("contextid") or "")
            course.fields["description"] = self.text(root, "summary", place, links)[:20_000]
            locale = text_of(root, "lang").replace("_", "-")
            if re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", locale):
                course.fields["locale"] = locale
        contents = child(information, "contents")
        activities: dict[str, list[Element]] = {}
        for activity in children(child(contents, "activities"), "activity"):
            activities.setdefault(text_of(activity, "sectionid"), []).append(activity)
        for section in children(child(contents, "sections"), "section"):
            self._section(course, section, activities.pop(text_of(section, "sectionid"), []))
        for rest in activities.values():
            for activity in rest:
                self._activity(course, activity)
        for path in ("users.xml", "badges.xml", "groups.xml"):
            if path in self.files and len(parse_xml(self.files, path)):
                what = path.removesuffix(".xml")
                self.report.lost("setting", f"The {what} have no place here.", Place(path))
        course.join(self.slugs)
        return course

    def _read_files(self) -> None:
        """The index of files, after `unpack`."""
        if _FILES not in self.files:
            return
        for file in children(parse_xml(self.files, _FILES), "file"):
            digest, name = text_of(file, "contenthash"), text_of(file, "filename")
            path = f"files/{digest[:2]}/{digest}/{name.replace('/', '_')}"
            if path not in self.files:
                continue
            owner = text_of(file, "contextid")
            if text_of(file, "component").startswith(("question", "qtype")):
                area = "answer" if text_of(file, "filearea").startswith("answer") else "question"
                owner = f"{area} {text_of(file, 'itemid')}"
            self.stored[owner, text_of(file, "filepath") + name] = path

    def _read_bank(self) -> None:
        if _QUESTIONS not in self.files:
            return
        for category in below(parse_xml(self.files, _QUESTIONS), "question_category"):
            entries = self.categories.setdefault(category.get("id") or "", [])
            # Before Moodle 4 a category has questions itself, and each is its own entry.
            for found in below(category, "question"):
                if found.get("id") is None:
                    continue
                entry = next(found.iterancestors("question_bank_entry"), None)
                version = next(found.iterancestors("question_versions"), None)
                key = str(found.get("id") if entry is None else entry.get("id"))
                number = 0 if version is None else number_of(text_of(version, "version")) or 0
                self.by_id[str(found.get("id"))] = found
                self.bank.setdefault(key, {})[int(number)] = found
                is_part = text_of(found, "parent") not in {"", "0", found.get("id")}
                if not is_part and text_of(found, "qtype") != "random" and key not in entries:
                    entries.append(key)

    def _section(self, course: Course, section: Element, activities: list[Element]) -> None:
        path = text_of(section, "directory") + "/section.xml"
        number, title, summary = text_of(section, "title"), "", ""
        order: list[str] = []
        is_hidden = False
        if path in self.files:
            root = parse_xml(self.files, path)
            number = text_of(root, "number") or number
            title = text_of(root, "name").replace(NULL, "")
            links = self._links(root.get("contextid") or "")
            summary = self.text(root, "summary", Place(path), links)
            order = text_of(root, "sequence").split(",")
            is_hidden = text_of(root, "visible") == "0"
        if not activities and not summary:
            return
        if not title:
            title = f"Section {number}" if number.isdecimal() else number
            title = "General" if number == "0" else title
        course.module(title, summary)
        places = {ident: place for place, ident in enumerate(order)}
        for activity in sorted(
            activities, key=lambda item: places.get(text_of(item, "moduleid"), len(places))
        ):
            self._activity(course, activity, is_hidden=is_hidden)

    def _activity(self, course: Course, activity: Element, *, is_hidden: bool = False) -> None:
        kind = text_of(activity, "modulename")
        folder = text_of(activity, "directory")
        path = f"{folder}/{kind}.xml"
        title = text_of(activity, "title")
        act = _ACTIVITIES.get(kind)
        place = Place(path if path in self.files else _BACKUP)
        if act is None:
            self.report.lost("activity", f'"{title}" ({kind}) has no place here.', place)
            return
        root = parse_xml(self.files, path)
        inner = child(root, kind)
        if inner is None:
            raise FormatError("invalid_file", f"{path} has no {kind}.", place)
        links = self._links(root.get("contextid") or "")
        made = act(self, course, inner, Place(path, inner.sourceline), links)
        module = f"{folder}/module.xml"
        if module in self.files:
            settings = parse_xml(self.files, module)
            is_hidden = is_hidden or text_of(settings, "visible") == "0"
            if text_of(settings, "availability") not in {"", NULL, "null"}:
                self.report.lost(
                    "release_rule", f'The rules that open "{title}" are left out.', Place(module)
                )
        for item in made:
            item.files = bundle_files(self.files, [*links.used, *(f.path for f in item.files)])
            fields = item.lesson if isinstance(item, Quiz) else item.fields
            if is_hidden:
                fields["is_published"] = False
        if made:
            self.slugs[f"{kind}-{text_of(activity, 'moduleid')}"] = made[0].slug

    def _links(self, *owners: str) -> Links:
        def resolve(address: str) -> str | None:
            call = _CALL.fullmatch(address)
            if call is not None:
                return f"{LESSON}{call[1].lower()}-{call[2]}"
            if address.startswith("@@PLUGINFILE@@"):
                name = path_of(address.removeprefix("@@PLUGINFILE@@"))
                return next(
                    (self.stored[o, name] for o in owners if (o, name) in self.stored), None
                )
            return None

        return Links(resolve, self.files)

    def text(self, element: Element, name: str, place: Place, links: Links) -> str:
        """A formatted text of an activity."""
        found = child(element, name)
        text = text_of(found)
        if found is None or text == NULL:
            return ""
        at = place.at(found.sourceline)
        if text_of(element, name + "format") == "4":
            return text
        return to_markdown(text, at, self.report, links)

    def attached(self, lesson: Lesson, context: str) -> None:
        """Links to the files of a context below its text."""
        found = {name: path for (owner, name), path in self.stored.items() if owner == context}
        listed = [f"- [{name.lstrip('/')}]({quote(path)})" for name, path in found.items()]
        if not listed:
            self.report.lost("missing_file", "A file is not in the upload.", lesson.place)
        lesson.body = "\n\n".join(part for part in (lesson.body, "\n".join(listed)) if part)
        lesson.files = bundle_files(self.files, found.values())

    def question(self, quiz: Quiz, entry: str, version: str, points: str, place: Place) -> None:
        """Add a question of the bank."""
        versions = self.bank.get(entry)
        if versions is None:
            quiz.questions.skip("missing_file", "A question is not in the upload.", place)
            return
        wanted = int(version) if re.fullmatch(r"\d{1,9}", version) else None
        found = versions[wanted if wanted in versions else max(versions)]
        answers = [answer.get("id") or "" for answer in below(found, "answer")]
        owners = [f"question {found.get('id')}", *(f"answer {ident}" for ident in answers)]
        links = self._links(*owners)
        at = Place(_QUESTIONS, found.sourceline)
        Reader(converted(found, self.by_id, points), at, self.report, links).into(quiz)
        quiz.files = (*quiz.files, *bundle_files(self.files, links.used))


def _page(
    backup: _Backup, course: Course, page: Element, place: Place, links: Links
) -> list[Lesson | Quiz]:
    parts = [backup.text(page, name, place, links) for name in ("intro", "content")]
    body = "\n\n".join(part for part in parts if part)
    return [course.lesson(plain(text_of(page, "name")), place, body)]


def _book(
    backup: _Backup, course: Course, book: Element, place: Place, links: Links
) -> list[Lesson | Quiz]:
    """Each chapter is a lesson; chapters below one are sections of it."""
    made: list[Lesson | Quiz] = []
    found = children(child(book, "chapters"), "chapter")
    for chapter in sorted(found, key=lambda item: number_of(text_of(item, "pagenum")) or 0):
        if text_of(chapter, "hidden") == "1":
            backup.report.lost("hidden", "A hidden chapter is left out.", place)
            continue
        title = plain(text_of(chapter, "title"))
        body = backup.text(chapter, "content", place, links)
        last = made[-1] if made else None
        if text_of(chapter, "subchapter") == "1" and isinstance(last, Lesson):
            last.body = course.body(f"{last.body}\n\n## {title}\n\n{body}", place)
        else:
            made.append(course.lesson(title, place.at(chapter.sourceline), body))
    if not made:
        made.append(course.lesson(plain(text_of(book, "name")), place))
    intro = backup.text(book, "intro", place, links)
    if intro and isinstance(made[0], Lesson):
        made[0].body = course.body(f"{intro}\n\n{made[0].body}".strip(), place)
    return made


def _url(
    backup: _Backup, course: Course, url: Element, place: Place, links: Links
) -> list[Lesson | Quiz]:
    name = plain(text_of(url, "name"))
    address = links.address(text_of(url, "externalurl"), place, backup.report)
    intro = backup.text(url, "intro", place, links)
    body = f"{intro}\n\n[{name}]({quote(address)})".strip() if address else intro
    return [course.lesson(name, place, body)]


def _files(
    backup: _Backup, course: Course, folder: Element, place: Place, links: Links
) -> list[Lesson | Quiz]:
    intro = backup.text(folder, "intro", place, links)
    lesson = course.lesson(plain(text_of(folder, "name")), place, intro)
    parent = folder.getparent()
    backup.attached(lesson, "" if parent is None else (parent.get("contextid") or ""))
    return [lesson]


def _assignment(
    backup: _Backup, course: Course, assign: Element, place: Place, links: Links
) -> list[Lesson | Quiz]:
    intro = backup.text(assign, "intro", place, links)
    lesson = course.lesson(plain(text_of(assign, "name")), place, intro)
    lesson.fields["content_type"] = "lab"
    for name in ("duedate", "cutoffdate", "allowsubmissionsfromdate", "teamsubmission"):
        if text_of(assign, name) not in {"", "0"}:
            backup.report.lost("assignment_rule", f"{name} of an assignment is left out.", place)
    return [lesson]


def _quiz(
    backup: _Backup, course: Course, quiz: Element, place: Place, links: Links
) -> list[Lesson | Quiz]:
    made = course.quiz(plain(text_of(quiz, "name")), place)
    made.intro = backup.text(quiz, "intro", place, links)
    seconds = number_of(text_of(quiz, "timelimit"))
    if seconds is not None and 10 <= seconds <= 604_800:
        made.rules["time_limit_seconds"] = int(seconds)
    attempts = number_of(text_of(quiz, "attempts_number"))
    if attempts:
        made.rules["max_attempts"] = int(attempts)
    made.rules["scoring"] = _METHODS.get(text_of(quiz, "grademethod"), "highest")
    made.rules["is_shuffled"] = text_of(quiz, "shuffleanswers") == "1"
    _pass_mark(backup, made, place)
    for name in ("timeopen", "timeclose", "password", "subnet"):
        if text_of(quiz, name) not in {"", "0", NULL}:
            backup.report.lost("quiz_rule", f"{name} of a quiz is left out.", place)
    for said in below(child(quiz, "feedbacks"), "feedbacktext"):
        if text_of(said):
            backup.report.lost("feedback", "Feedback by grade has no place here.", place)
    slots = children(child(quiz, "question_instances"), "question_instance")
    order = {ident: place for place, ident in enumerate(text_of(quiz, "questions").split(","))}
    slots.sort(
        key=lambda slot: (
            number_of(text_of(slot, "slot")) or 0,
            order.get(text_of(slot, "question"), 0),
        )
    )
    categories = [_category(backup, slot) for slot in slots]
    first = categories[0] if categories else None
    if first in backup.categories and set(categories) == {first}:
        # All are drawn from one category: the quiz has its questions and draws as many.
        for entry in backup.categories[first]:
            backup.question(made, entry, "", "", place)
        if len(slots) < len(made.questions.found):
            made.rules["draw_count"] = len(slots)
        return [made]
    for slot, category in zip(slots, categories, strict=True):
        at = place.at(slot.sourceline)
        if category is not None:
            made.questions.skip("random_question", "A drawn question does not come.", at)
            continue
        reference = child(slot, "question_reference")
        entry = text_of(reference, "questionbankentryid")
        entry = entry or text_of(slot, "questionid") or text_of(slot, "question")
        points = text_of(slot, "maxmark") or text_of(slot, "grade")
        backup.question(made, entry, text_of(reference, "version"), points, at)
    return [made]


def _pass_mark(backup: _Backup, quiz: Quiz, place: Place) -> None:
    path = place.file.rpartition("/")[0] + "/grades.xml"
    if path not in backup.files:
        return
    for grade in below(parse_xml(backup.files, path), "grade_item"):
        passed = number_of(text_of(grade, "gradepass")) or 0
        most = number_of(text_of(grade, "grademax")) or 0
        if 0 < passed <= most:
            quiz.rules["pass_mark"] = round(100 * passed / most, 2)


def _category(backup: _Backup, slot: Element) -> str | None:
    """The category that a slot draws a question from; None for a fixed question."""
    drawn = child(slot, "question_set_reference")
    if drawn is not None:
        try:
            rule = json.loads(text_of(drawn, "filtercondition"))
            values = rule["filter"]["category"]["values"] if "filter" in rule else None
            return str(values[0] if values else rule["questioncategoryid"])
        except (ValueError, TypeError, KeyError, IndexError):
            return ""
    versions = backup.bank.get(text_of(slot, "questionid") or text_of(slot, "question"), {})
    for found in versions.values():
        if text_of(found, "qtype") == "random":
            return next((c.get("id") for c in found.iterancestors("question_category")), None)
    return None


_Act = Callable[[_Backup, Course, Element, Place, Links], "list[Lesson | Quiz]"]
_ACTIVITIES: Final[dict[str, _Act]] = {
    "page": _page,
    "label": _page,
    "book": _book,
    "url": _url,
    "resource": _files,
    "folder": _files,
    "assign": _assignment,
    "quiz": _quiz,
}
