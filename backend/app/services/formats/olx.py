"""OLX, the courses of Open edX: chapters, sequentials, verticals and their components."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from app.models.bundle import BundleLab
from app.models.rpc.grading import Criterion
from app.services.formats.archive import Files
from app.services.formats.course import LESSON, Course, Lesson, Quiz, bundle_files
from app.services.formats.markup import (
    Element,
    Links,
    below,
    children,
    inner_xml,
    local,
    number_of,
    parse_xml,
    path_of,
    plain,
    text_of,
    to_markdown,
)
from app.services.formats.olx_problem import read_problem
from app.services.formats.report import FormatError, Place, Report

_ROOT = re.compile(rb"<course\b[^>]*\b(?:url_name|org)\s*=")
_ADDRESS = re.compile(r"https?://[\w.-]*\w(:\d{1,5})?(/[\w.~:/?#@!$&()*+,;=%-]{0,1900})?", re.ASCII)
_NAME = re.compile(r"[\w-]{1,40}", re.ASCII)
_MAX_DEPTH: Final = 12
_GROUPS: Final = ("wrapper", "conditional", "split_test", "randomize", "library_content")
_MAX_CRITERION_POINTS: Final = 1_000
_MAX_FILM_SECONDS: Final = 86_400


def fits(files: Files) -> bool:
    """Whether an upload has a `course.xml` of Open edX."""
    return _folder(files) is not None


def unpack(files: Files) -> Files:
    """The files of the course: an archive of git may have others around them."""
    folder = _folder(files) or ""
    found = {
        path.removeprefix(folder): data
        for path, data in files.content.items()
        if path.startswith(folder)
    }
    return Files(files.name, found)


def _folder(files: Files) -> str | None:
    """The highest folder with a `course.xml`, empty or with a slash behind it."""
    found = [
        path.removesuffix("course.xml")
        for path in files
        if path.rpartition("/")[2] == "course.xml" and _ROOT.search(files.content[path][:4_000])
    ]
    return min(found, key=lambda folder: (folder.count("/"), folder), default=None)


def read(files: Files, report: Report) -> Course:
    """A module for each chapter."""
    return _Olx(files, report).read()


@dataclass(slots=True)
class _Olx:
    files: Files
    report: Report
    slugs: dict[str, str] = field(default_factory=dict)
    links: Links = field(init=False)

    def __post_init__(self) -> None:
        self.links = Links(self._resolve, self.files)

    def read(self) -> Course:
        root, place = self._load(parse_xml(self.files, "course.xml"), Place("course.xml"), 0)
        run = root.get("url_name") or "course"
        policy = self._policy(run)
        title = str(policy.get("display_name") or root.get("display_name") or run)
        course = Course(title, self.report, place)
        locale = str(policy.get("language") or root.get("language") or "").replace("_", "-")
        if re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", locale):
            course.fields["locale"] = locale
        if "about/overview.html" in self.files:
            html = self.files.text("about/overview.html")
            text = to_markdown(html, Place("about/overview.html"), self.report, self.links)
            course.fields["description"] = text[:20_000]
        for part in children(root, "chapter"):
            chapter, at = self._load(part, place, 0)
            module = course.module(chapter.get("display_name") or "")
            for below_it in children(chapter):
                self._block(course, below_it, at, module.title, 0)
        for path in (f"policies/{run}/grading_policy.json", "policies/grading_policy.json"):
            if path in self.files:
                self.report.lost("setting", "The rules of grading have no place.", Place(path))
        for path in self.files:
            if path.startswith(("tabs/", "drafts/")):
                self.report.lost("page", "A page outside the course is left out.", Place(path))
        course.join(self.slugs)
        return course

    def _policy(self, run: str) -> dict[str, Any]:
        path = f"policies/{run}/policy.json"
        if path not in self.files:
            return {}
        try:
            found = json.loads(self.files.text(path)).get(f"course/{run}")
        except (ValueError, AttributeError):
            raise FormatError("invalid_file", f"{path} is not JSON.", Place(path)) from None
        return found if isinstance(found, dict) else {}

    def _load(self, element: Element, place: Place, depth: int) -> tuple[Element, Place]:
        """An element, or the file that it points to; attributes of the pointer count too."""
        name = element.get("url_name") or ""
        path = f"{local(element)}/{name}.xml"
        if not name or path not in self.files or path == place.file or depth > _MAX_DEPTH:
            return element, place.at(element.sourceline)
        root = parse_xml(self.files, path)
        for key, value in element.attrib.items():
            if key not in root.attrib:
                root.set(key, value)
        return root, Place(path, root.sourceline)

    def _block(
        self, course: Course, element: Element, place: Place, title: str, depth: int
    ) -> None:
        """A sequential or vertical; a component that is in none is a vertical of its own."""
        if depth > _MAX_DEPTH:
            raise FormatError("invalid_file", f"{place.file} is nested too deeply.", place)
        block, at = self._load(element, place, depth)
        name = block.get("display_name") or ""
        if local(block) != "sequential":
            self._vertical(course, block, at, name or title)
            return
        parts = children(block)
        if len(parts) > 1:
            self.report.changed("level", "A level below a chapter is left out.", at)
        for attribute in ("due", "start", "format", "hide_after_due", "prereq"):
            if block.get(attribute):
                self.report.lost("release_rule", f"{attribute} of a section is left out.", at)
        for part in parts:
            self._block(course, part, at, name or title, depth + 1)

    # Verticals -----------------------------------------------------------------------------------

    def _vertical(self, course: Course, block: Element, place: Place, title: str) -> None:
        """Neighbours of one kind are one lesson."""
        parts = children(block) if local(block) == "vertical" else [block]
        made: list[Lesson | Quiz] = []
        is_hidden = block.get("visible_to_staff_only") == "true"
        for part in self._flat(parts, place, 0):
            component, at = self._load(part, place, 0)
            act = _COMPONENTS.get(local(component))
            if act is None:
                self.report.lost(
                    "component", f"A component {local(component)} has no place here.", at
                )
                continue
            self.links.used.clear()
            own = plain(component.get("display_name") or "")
            name = title if not made else (own or f"{title} ({len(made) + 1})")
            item = act(self, course, component, at, name, made[-1] if made else None)
            if item is None:
                continue
            paths = [*(file.path for file in item.files), *self.links.used]
            item.files = bundle_files(self.files, paths)
            if not made or made[-1] is not item:
                made.append(item)
                fields = item.lesson if isinstance(item, Quiz) else item.fields
                if is_hidden:
                    fields["is_published"] = False
            for ident in (component.get("url_name"), block.get("url_name")):
                if ident:
                    self.slugs.setdefault(ident, item.slug)

    def _flat(self, parts: list[Element], place: Place, depth: int) -> list[Element]:
        """The components of groups in their place."""
        found: list[Element] = []
        for part in parts:
            if local(part) in _GROUPS and depth < _MAX_DEPTH:
                self.report.changed("group", f"A {local(part)} comes as all its parts.", place)
                group, _ = self._load(part, place, depth)
                found += self._flat(children(group), place, depth + 1)
            else:
                found.append(part)
        return found

    def _resolve(self, address: str) -> str | None:
        target = path_of(address)
        jump = re.match(r"(?:/jump_to_id|/courses/[^/]+/jump_to(?:_id)?)/(?:.*@)?([^/@]+)", target)
        if jump is not None:
            return LESSON + jump[1]
        name = target.removeprefix("/static/").removeprefix("static/")
        for path in (f"static/{name}", f"static/{name.replace(' ', '_')}"):
            if path in self.files:
                return path
        return None

    # Components ----------------------------------------------------------------------------------

    def html(
        self, course: Course, block: Element, place: Place, name: str, last: Lesson | Quiz | None
    ) -> Lesson:
        """A text; joined with a text before it."""
        path = f"html/{block.get('filename') or block.get('url_name') or ''}.html"
        html, at = inner_xml(block), place
        if path in self.files:
            html, at = self.files.text(path), Place(path)
        elif block.get("filename"):
            self.report.lost("missing_file", f"{path} is not in the upload.", place)
        text = to_markdown(html, at, self.report, self.links)
        if isinstance(last, Lesson) and last.fields.get("content_type") is None:
            last.body = course.body(f"{last.body}\n\n{text}".strip(), at)
            return last
        return course.lesson(name, at, text)

    def video(
        self, course: Course, block: Element, place: Place, name: str, last: Lesson | Quiz | None
    ) -> Lesson:
        """A film with its transcript."""
        youtube = block.get("youtube_id_1_0") or ""
        speeds = [part.partition(":") for part in (block.get("youtube") or "").split(",")]
        youtube = youtube or next((name for speed, _, name in speeds if speed == "1.00"), "")
        sources = [source.get("src") or "" for source in children(block, "source")]
        address = next((source for source in sources if _ADDRESS.fullmatch(source)), "")
        if _NAME.fullmatch(youtube):
            address = f"https://www.youtube.com/watch?v={youtube}"
        lesson = course.lesson(name, place)
        if not address:
            self.report.lost("video", "A film has no address.", place)
            return lesson
        lesson.fields["content_type"] = "video"
        lesson.content["video_url"] = address
        transcript, seconds = self._transcript(block, place)
        if transcript:
            lesson.content["transcript"] = course.body(transcript, place)
        if 0 < seconds <= _MAX_FILM_SECONDS:
            lesson.fields["duration_minutes"] = round(seconds / 60, 2)
        else:
            lesson.fields["completion_rule"] = "view"
            message = "The length of a film is not known; to open it is enough."
            self.report.changed("duration", message, place)
        return lesson

    def _transcript(self, block: Element, place: Place) -> tuple[str, float]:
        """The transcript, and when its last line ends."""
        names = [found.get("src") or "" for found in children(block, "transcript")]
        sub = block.get("sub")
        names += [f"subs_{sub}.srt.sjson"] if sub else []
        for name in names:
            path = f"static/{name}"
            if path not in self.files:
                self.report.lost("missing_file", f"{path} is not in the upload.", place)
            elif path.endswith(".sjson"):
                try:
                    cues = json.loads(self.files.text(path))
                    text = "\n".join(str(line) for line in cues["text"])
                    return text, float(cues["end"][-1]) / 1000
                except (ValueError, LookupError, TypeError, OverflowError):
                    self.report.lost("transcript", "A transcript cannot be read.", Place(path))
            else:
                text = self.files.text(path)
                ends = re.findall(r"--> *(\d{1,3}):(\d\d):(\d\d)", text) or [(0, 0, 0)]
                hours, minutes, seconds = map(int, ends[-1])
                times = re.sub(r"(\d\d:\d\d:\d\d),(\d\d\d)", r"\1.\2", text)
                times = times if times.startswith("WEBVTT") else f"WEBVTT\n\n{times}"
                return times, hours * 3600 + minutes * 60 + seconds
        return "", 0

    def problem(
        self, course: Course, block: Element, place: Place, name: str, last: Lesson | Quiz | None
    ) -> Quiz:
        """A question of the quiz before it, or of a new one."""
        quiz = last if isinstance(last, Quiz) else course.quiz(name, place)
        read_problem(block, place, self.report, self.links, quiz)
        return quiz

    def assessment(
        self, course: Course, block: Element, place: Place, name: str, last: Lesson | Quiz | None
    ) -> Lesson:
        """Open response assessment: a lab with its rubric."""
        texts = [text_of(found, "description") for found in below(block, "prompt")]
        parts = [to_markdown(text, place, self.report, self.links) for text in texts if text]
        lesson = course.lesson(name, place, "\n\n".join(parts))
        rubric: list[Criterion] = []
        for number, criterion in enumerate(below(block, "criterion"), start=1):
            points = [number_of(o.get("points") or "") or 0 for o in children(criterion, "option")]
            most = max(points, default=0)
            if 0 < most <= _MAX_CRITERION_POINTS and number <= 50:
                title = text_of(criterion, "label") or text_of(criterion, "name") or f"{number}"
                rubric.append(Criterion(id=f"c{number}", title=title[:200], points=most))
                self.report.changed("rubric", "Levels of a criterion are points.", place)
        lesson.fields["content_type"] = "lab"
        if rubric:
            lesson.fields["lab"] = BundleLab(rubric=rubric)
        if any(True for _ in below(block, "assessment")):
            self.report.lost("assessment", "Staff grade; peers and trained graders do not.", place)
        return lesson


_Act = Callable[[_Olx, Course, Element, Place, str, "Lesson | Quiz | None"], "Lesson | Quiz | None"]
_COMPONENTS: Final[dict[str, _Act]] = {
    "html": _Olx.html,
    "video": _Olx.video,
    "problem": _Olx.problem,
    "openassessment": _Olx.assessment,
}
