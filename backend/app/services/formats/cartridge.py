"""Common Cartridge 1.1 to 1.3, and the exports of Canvas, which add files of their own."""

import re
from dataclasses import dataclass, field
from typing import Any, Final

from bs4 import BeautifulSoup

from app.services.formats import qti1, qti2
from app.services.formats.archive import Files
from app.services.formats.course import LESSON, Course, Lesson, Quiz, bundle_files
from app.services.formats.markup import (
    Element,
    Links,
    below,
    child,
    children,
    inside,
    number_of,
    parse_xml,
    path_of,
    quote,
    text_of,
    to_markdown,
)
from app.services.formats.report import Place, Report

MANIFEST: Final = "imsmanifest.xml"
_SETTINGS: Final = "course_settings/"
_SCORING: Final = {"keep_highest": "highest", "keep_latest": "last", "keep_average": "average"}
_HTML = re.compile(r"\.x?html?$", re.IGNORECASE)


def fits(files: Files) -> bool:
    """Whether an upload has a manifest of a cartridge; a lone manifest counts."""
    if MANIFEST in files:
        return b"imscc" in files.content[MANIFEST] or b"ccv1p" in files.content[MANIFEST]
    path = next(iter(files))
    return len(files.content) == 1 and b"imscp" in files.content[path][:2_000]


def read(files: Files, report: Report) -> Course:
    """Modules and lessons in the order of the manifest."""
    return _Cartridge(files, report).read()


@dataclass(slots=True)
class _Resource:
    ident: str
    type: str
    href: str
    paths: list[str]
    place: Place


@dataclass(slots=True)
class _Cartridge:
    files: Files
    report: Report
    path: str = MANIFEST
    resources: dict[str, _Resource] = field(default_factory=dict)
    # Ids and addresses of what has come, to the slug of its lesson.
    slugs: dict[str, str] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    # Items of QTI 2 that a test has.
    read_items: set[str] = field(default_factory=set)

    def read(self) -> Course:
        self.path = MANIFEST if MANIFEST in self.files else next(iter(self.files))
        root = parse_xml(self.files, self.path)
        self._read_resources(root)
        title = next((text_of(found) for found in below(child(root, "metadata"), "title")), "")
        course = Course(title or "Imported course", self.report, Place(self.path))
        self._read_settings(course)
        meta = self._meta()
        organization = child(root, "organizations", "organization")
        # The first level is a root without a title; each item below with items of its own is a
        # module.
        level = children(organization, "item")
        if len(level) == 1 and child(level[0], "title") is None:
            level = children(level[0], "item")
        for item in level:
            self._item(course, item, meta, 0)
        self._rest(course)
        course.join(self.slugs)
        return course

    def _read_resources(self, root: Element) -> None:
        for resource in children(child(root, "resources"), "resource"):
            base = resource.get("{http://www.w3.org/XML/1998/namespace}base") or ""
            paths = [
                path_of(base + (part.get("href") or "")) for part in children(resource, "file")
            ]
            href = path_of(base + (resource.get("href") or "")) or next(iter(paths), "")
            ident = resource.get("identifier") or ""
            place = Place(self.path, resource.sourceline)
            self.resources.setdefault(
                ident, _Resource(ident, resource.get("type") or "", href, paths, place)
            )

    def _read_settings(self, course: Course) -> None:
        path = _SETTINGS + "course_settings.xml"
        if path not in self.files:
            return
        root = parse_xml(self.files, path)
        course.title = text_of(root, "title") or course.title
        locale = text_of(root, "locale").replace("_", "-")
        if re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", locale):
            course.fields["locale"] = locale
        for name in (
            "grading_standard_enabled",
            "group_weighting_scheme",
            "start_at",
            "conclude_at",
        ):
            if text_of(root, name) not in {"", "false", "equal"}:
                self.report.lost("setting", f"The setting {name} has no place here.", Place(path))
        syllabus = _SETTINGS + "syllabus.html"
        if syllabus in self.files:
            course.fields["description"] = self._html(syllabus)[1][:20_000]

    def _meta(self) -> dict[str, Element]:
        """Modules and items of Canvas by their id."""
        path = _SETTINGS + "module_meta.xml"
        if path not in self.files:
            return {}
        root = parse_xml(self.files, path)
        found = {str(e.get("identifier")): e for e in below(root, "module", "item")}
        for module in below(root, "module"):
            for name in ("prerequisites", "unlock_at"):
                rule = child(module, name)
                if rule is not None and (len(rule) or text_of(rule)):
                    self.report.lost(
                        "module_rule",
                        f"The rule {name} of a module has no place here.",
                        Place(path, rule.sourceline),
                    )
            if text_of(module, "require_sequential_progress") == "true":
                self.report.lost(
                    "module_rule",
                    "The order of one module is not enforced.",
                    Place(path, module.sourceline),
                )
        return found

    # The tree ------------------------------------------------------------------------------------

    def _item(self, course: Course, item: Element, meta: dict[str, Element], depth: int) -> None:
        title = text_of(item, "title")
        place = Place(self.path, item.sourceline)
        inner = children(item, "item")
        ident = item.get("identifierref")
        if depth == 0 and (inner or ident is None):
            course.module(title)
        elif depth == 0 and not course.modules:
            course.module(course.title)
        elif inner and ident is None:
            self.report.changed(
                "level", f'"{title}" is a level below a module and is left out.', place
            )
        known = meta.get(str(item.get("identifier")))
        is_hidden = known is not None and text_of(known, "workflow_state") == "unpublished"
        if ident is not None:
            lesson = self._lesson(course, ident, title, place)
            if lesson is not None:
                fields = lesson.lesson if isinstance(lesson, Quiz) else lesson.fields
                if is_hidden:
                    fields["is_published"] = False
                self._requirement(lesson, known)
        elif not inner and depth > 0:
            self.report.lost("heading", f'The heading "{title}" is no lesson.', place)
        for part in inner:
            self._item(course, part, meta, depth + 1)

    def _requirement(self, lesson: Lesson | Quiz, known: Element | None) -> None:
        """A minimum score of Canvas is the pass mark of a quiz."""
        if known is None or not isinstance(lesson, Quiz):
            return
        score = number_of(text_of(known, "min_score"))
        if score is not None:
            self.report.lost(
                "module_rule", f"A minimum of {score:g} points is no pass mark here.", lesson.place
            )

    def _lesson(self, course: Course, ident: str, title: str, place: Place) -> Lesson | Quiz | None:
        """One resource as a lesson; None when it has no place here."""
        resource = self.resources.get(ident)
        if resource is None:
            self.report.lost("missing_file", f'"{title}" names no resource.', place)
            return None
        self.used.add(ident)
        kind = resource.type
        if "basiclti" in kind or "imsbasiclti" in kind:
            self.report.lost("external_tool", f'"{title}" is a tool of another server.', place)
            return None
        lesson: Lesson | Quiz
        if "imsqti" in kind or "/assessment" in kind:
            lesson = self._quiz(course, resource, title)
        elif "assignment" in kind or self._beside(resource, "assignment_settings.xml"):
            lesson = self._lab(course, resource, title)
        elif "imswl" in kind:
            lesson = self._link(course, resource, title)
        elif "imsdt" in kind:
            self.report.changed("discussion", f'The discussion "{title}" comes as a text.', place)
            lesson = self._topic(course, resource, title)
        elif "question-bank" in kind:
            self.report.lost("question_bank", f'The question bank "{title}" is left out.', place)
            return None
        else:
            lesson = self._page(course, resource, title)
        self.slugs[ident] = lesson.slug
        self.slugs[resource.href] = lesson.slug
        return lesson

    def _missing(self, resource: _Resource, path: str) -> bool:
        if path in self.files:
            return False
        self.report.lost(
            "missing_file", f"{path or 'A file'} is not in the upload.", resource.place
        )
        return True

    def _page(self, course: Course, resource: _Resource, title: str) -> Lesson:
        path = resource.href
        if self._missing(resource, path):
            return course.lesson(title, resource.place)
        if _HTML.search(path):
            found, text, links, is_published = self._document(path)
            lesson = course.lesson(title or found, Place(path), text)
            lesson.files = bundle_files(self.files, links.used)
            lesson.fields["is_published"] = is_published
            return lesson
        name = path.rpartition("/")[2]
        lesson = course.lesson(title or name, Place(path), f"[{name}]({quote(path)})")
        lesson.files = bundle_files(self.files, [path])
        return lesson

    def _link(self, course: Course, resource: _Resource, title: str) -> Lesson:
        path = resource.href
        if self._missing(resource, path):
            return course.lesson(title, resource.place)
        root = parse_xml(self.files, path)
        url = next((part.get("href") or "" for part in below(root, "url")), "")
        lesson = course.lesson(title or text_of(root, "title"), Place(path))
        links = Links(lambda _: None, self.files)
        address = links.address(url, lesson.place, self.report)
        lesson.body = f"[{lesson.title}]({quote(address)})" if address else ""
        return lesson

    def _topic(self, course: Course, resource: _Resource, title: str) -> Lesson:
        path = resource.href
        if self._missing(resource, path):
            return course.lesson(title, resource.place)
        root = parse_xml(self.files, path)
        links = self._links()
        place = Place(path)
        text = to_markdown(text_of(root, "text"), place, self.report, links)
        lesson = course.lesson(title or text_of(root, "title"), place, text)
        lesson.files = bundle_files(self.files, links.used)
        return lesson

    def _lab(self, course: Course, resource: _Resource, title: str) -> Lesson:
        fields: dict[str, Any] = {"content_type": "lab"}
        settings = self._beside(resource, "assignment_settings.xml")
        page = next((path for path in resource.paths if _HTML.search(path)), "")
        xml = resource.href if resource.href.endswith(".xml") else ""
        text, place, used = "", resource.place, Links(lambda _: None, self.files)
        if xml in self.files:
            root, place = parse_xml(self.files, xml), Place(xml)
            used = self._links()
            text = to_markdown(text_of(root, "text"), place, self.report, used)
            title = title or text_of(root, "title")
        elif page in self.files:
            found, text, used, is_published = self._document(page)
            title, place, fields["is_published"] = title or found, Place(page), is_published
        else:
            self._missing(resource, xml or page)
        if settings:
            root = parse_xml(self.files, settings)
            fields["is_published"] = text_of(root, "workflow_state") != "unpublished"
            for name in ("due_at", "lock_at", "unlock_at", "peer_reviews"):
                if text_of(root, name) not in {"", "false"}:
                    self.report.lost(
                        "assignment_rule", f"{name} of an assignment is left out.", Place(settings)
                    )
        lesson = course.lesson(title, place, text)
        lesson.fields |= fields
        lesson.files = bundle_files(self.files, used.used)
        return lesson

    def _quiz(self, course: Course, resource: _Resource, title: str) -> Quiz:
        # Canvas writes all kinds of questions into a file of its own.
        own = f"non_cc_assessments/{resource.ident}.xml.qti"
        listed = [path for path in [resource.href, *resource.paths] if path in self.files]
        path = own if own in self.files else next(iter(listed), resource.href)
        if self._missing(resource, path):
            return course.quiz(title, resource.place)
        if qti2.is_document(self.files, path):
            self.read_items |= qti2.read_document(course, self.files, path, self._links, title)
            return course.quizzes()[-1]
        links = self._links()
        quiz = qti1.read_document(course, self.files, path, links, title)
        meta = f"{resource.ident}/assessment_meta.xml"
        if meta in self.files:
            self._rules(quiz, meta, links)
        quiz.files = bundle_files(self.files, links.used)
        return quiz

    def _rules(self, quiz: Quiz, path: str, links: Links) -> None:
        root = parse_xml(self.files, path)
        place = Place(path)
        quiz.intro = to_markdown(text_of(root, "description"), place, self.report, links)
        attempts = number_of(text_of(root, "allowed_attempts"))
        quiz.rules["max_attempts"] = int(attempts) if attempts and attempts >= 1 else None
        minutes = number_of(text_of(root, "time_limit"))
        if minutes is not None and 1 <= minutes <= 10_000:
            quiz.rules["time_limit_seconds"] = int(minutes * 60)
        quiz.rules["scoring"] = _SCORING.get(text_of(root, "scoring_policy"), "highest")
        quiz.rules["is_shuffled"] = text_of(root, "shuffle_answers") == "true"
        if text_of(root, "available") == "false":
            quiz.lesson["is_published"] = False
        for name in ("due_at", "lock_at", "unlock_at", "access_code", "ip_filter"):
            if text_of(root, name):
                self.report.lost("quiz_rule", f"{name} of a quiz is left out.", place)

    def _rest(self, course: Course) -> None:
        """Pages and quizzes that are in no module, and files that nothing names."""
        loose = [
            resource
            for ident, resource in self.resources.items()
            if ident not in self.used
            and resource.href in self.files
            and resource.href not in self.read_items
            and (
                resource.href.startswith("wiki_content/")
                or ("imsqti" in resource.type and "question-bank" not in resource.type)
                or "assignment" in resource.type
                or "imsdt" in resource.type
                or self._beside(resource, "assignment_settings.xml")
            )
        ]
        if loose:
            course.module("Not in a module")
            # Tests before items: what a test has comes with it.
            for resource in sorted(loose, key=lambda found: "_item_" in found.type):
                if resource.href in self.read_items:
                    continue
                self.report.changed("no_module", "A resource is in no module.", resource.place)
                self._lesson(course, resource.ident, "", resource.place)
        named = {file.path for item in course.lessons() for file in item.files}
        for ident, resource in self.resources.items():
            if ident in self.used or resource.href.startswith(_SETTINGS):
                continue
            if resource.href in self.files and resource.href not in named:
                if resource.type == "webcontent":
                    self.report.lost("file", f"No lesson names {resource.href}.", resource.place)
                elif "question-bank" in resource.type:
                    self.report.lost(
                        "question_bank", "A question bank is left out.", resource.place
                    )
        for path in (
            "rubrics.xml",
            "learning_outcomes.xml",
            "events.xml",
            "grading_standards.xml",
            "late_policy.xml",
            "assignment_groups.xml",
            "external_feeds.xml",
        ):
            if _SETTINGS + path in self.files:
                what = path.removesuffix(".xml").replace("_", " ")
                self.report.lost(
                    "setting", f"The {what} have no place here.", Place(_SETTINGS + path)
                )

    # Texts ---------------------------------------------------------------------------------------

    def _html(self, path: str) -> tuple[str, str]:
        title, text, _, _ = self._document(path)
        return title, text

    def _document(self, path: str) -> tuple[str, str, Links, bool]:
        """Title, Markdown, links and whether an HTML page is published."""
        soup = BeautifulSoup(self.files.text(path), "lxml")
        title = "" if soup.title is None else soup.title.get_text(" ", strip=True)
        state = soup.find("meta", attrs={"name": "workflow_state"})
        is_published = state is None or state.get("content") != "unpublished"
        links = self._links(path)
        body = str(soup.body or "")
        return title, to_markdown(body, Place(path), self.report, links), links, is_published

    def _links(self, path: str = "") -> Links:
        folder = path.rpartition("/")[0]

        def resolve(address: str) -> str | None:
            target = path_of(address).lstrip("/")
            base = re.match(r"\$IMS[-_]CC[-_]FILEBASE\$/*(.*)", target)
            if base is not None:
                for start in ("web_resources/", ""):
                    if start + base[1] in self.files:
                        return start + base[1]
                return None
            page = re.match(r"\$WIKI_REFERENCE\$/(?:wiki|pages)/(.+)", target)
            if page is not None:
                return f"{LESSON}wiki_content/{page[1]}.html"
            other = re.match(r"\$CANVAS_OBJECT_REFERENCE\$/\w+/([\w-]+)", target)
            if other is not None:
                return LESSON + other[1]
            if target.startswith("$"):
                return None
            target = inside(folder, target)
            return target if target in self.files else None

        return Links(resolve, self.files)

    def _beside(self, resource: _Resource, name: str) -> str:
        """A file of a resource with this name, or empty."""
        return next(
            (p for p in resource.paths if p.rpartition("/")[2] == name and p in self.files), ""
        )
