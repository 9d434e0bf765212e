"""What a model is sent in a turn: a pure function of the question, its context and its plan.

Keys and options of questions are no part of the arguments, so they cannot be part of a prompt; the
notes of authors come without what states a key.

The stable part comes first, so that providers can cache it: the rules, the course and the lesson
are byte for byte the same in each turn on that lesson. The turn follows, then the conversation,
then the question. Text of the course and of its authors is fenced by marks with a token that it
does not contain.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from itertools import dropwhile
from pathlib import Path
from string import Template
from typing import Final, get_args

from app.schemas.tutor import SupportLevel
from app.services.tutor.context import Context, GuardMaterial, Guidance, Lesson, Passage
from app.services.tutor.guard.states import states
from app.services.tutor.items import read_all
from app.services.tutor.language.piece import prepare
from app.services.tutor.language.words import one_line
from app.services.tutor.models.base import ChatMessage
from app.services.tutor.teach.plan import Plan, Style

MAX_HISTORY: Final = 12
MAX_LESSON_CHARS: Final = 24_000
MAX_PASSAGES: Final = 12
MAX_PASSAGE_CHARS: Final = 4_000
MAX_MESSAGE_CHARS: Final = 4_000
MAX_NOTES_CHARS: Final = 2_000
MAX_MISCONCEPTIONS: Final = 6
MAX_MISCONCEPTION_CHARS: Final = 500
MAX_GUIDANCE: Final = 12
MAX_WITHHELD: Final = 12
MAX_QUESTION_CHARS: Final = 600

# A note that repeats so much of a question speaks of it.
_REPEATED: Final = 0.45

_CUT: Final = "\n(cut here)"
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}", re.ASCII)
_LEVELS: Final[dict[SupportLevel, str]] = {
    "low": "as little help as gets them going",
    "medium": "enough help for the next step",
    "high": "patient, in small steps, with simple words",
}

_STATED: Final = {
    "choice": "which option is right",
    "elimination": "which options are wrong",
    "verdict": "whether a statement or a guess is right",
    "number": "the number that is the answer",
    "order": "the order that is the answer",
    "pair": "what belongs together",
    "guidance": "a note of the authors instead",
    "unguided": "the answer, or left the learner nothing to do,",
}

_FOLDER: Final = Path(__file__).parent / "prompts"
_TEXTS: Final[dict[str, str]] = {
    path.relative_to(_FOLDER).with_suffix("").as_posix(): path.read_text(encoding="utf-8")
    for path in sorted(_FOLDER.rglob("*.md"))
}
_STYLES: Final[dict[Style, str]] = {
    style: _TEXTS[f"styles/{style}"].rstrip("\n") for style in get_args(Style)
}

# The number changes when the way a prompt is built does, the letters when its texts do.
PROMPT_VERSION: Final = (
    "1."
    + hashlib.sha256("\0".join(f"{k}\0{v}" for k, v in _TEXTS.items()).encode()).hexdigest()[:8]
)


def build(
    question: str,
    context: Context,
    plan: Plan,
    guidance: Sequence[Guidance] = (),
    withheld: Sequence[str] = (),
) -> tuple[ChatMessage, ...]:
    """The messages of a turn: two of the system, at most 12 of the conversation, the question.

    Each part is cut to the lengths above. `withheld` are questions that are not to be solved, the
    nearest first.
    """
    return (
        ChatMessage("system", _stable(context)),
        ChatMessage("system", _turn(context, plan, guidance, withheld)),
        *_history(context),
        ChatMessage("user", _cut(question, MAX_MESSAGE_CHARS)),
    )


def again(messages: Sequence[ChatMessage], sent: str, reason: str) -> tuple[ChatMessage, ...]:
    """The same request once more, after what was sent of an answer that was stopped."""
    note = Template(_TEXTS["again"]).substitute(what=_STATED.get(reason, "the answer"))
    said = (ChatMessage("assistant", sent),) if sent.strip() else ()
    return (*messages, *said, ChatMessage("user", note))


def fence(kind: str, token: str, text: str) -> str:
    """Text as data, between marks that it cannot close: the token is removed from it."""
    # Repeated, since removing one may join the halves of another.
    while token in text:
        text = text.replace(token, "")
    return f"[{kind} {token}]\n{text}\n[/{kind} {token}]"


def _stable(context: Context) -> str:
    course, lesson = context.course, context.lesson
    about = f"Title: {one_line(course.title)}\nLanguage of the lessons: {_language(course.locale)}"
    # The token depends on the text and not on the turn, so the prefix is cacheable. Authors cannot
    # forge it: it changes with what they write.
    return Template(_TEXTS["system"]).substitute(
        course=fence("course", _token(PROMPT_VERSION, str(course.id), about), about),
        lesson="" if lesson is None else _lesson(lesson),
    )


def _lesson(lesson: Lesson) -> str:
    body = _cut(lesson.body, MAX_LESSON_CHARS) or "(no text)"
    text = f"Title: {one_line(lesson.title)}\n\n{body}"
    fenced = fence("lesson", _token(PROMPT_VERSION, str(lesson.id), text), text)
    return f"\n# The lesson before them\nCite it by the numbers of its passages.\n{fenced}\n"


def _turn(
    context: Context, plan: Plan, guidance: Sequence[Guidance], withheld: Sequence[str]
) -> str:
    token = _token(PROMPT_VERSION, str(context.turn_id))
    passages = context.passages[:MAX_PASSAGES]
    notes = [text for item in guidance[:MAX_GUIDANCE] if (text := _notes(item))]
    return Template(_TEXTS["turn"]).substitute(
        language=_language(plan.language),
        level=plan.support_level,
        level_meaning=_LEVELS[plan.support_level],
        style=_STYLES[plan.style],
        withheld=Template(_TEXTS["strict"]).substitute(
            items="\n".join(
                fence("question", token, _cut(text.strip(), MAX_QUESTION_CHARS))
                for text in withheld[:MAX_WITHHELD]
            )
        )
        if withheld
        else "",
        passages=_passages(passages, token) or _TEXTS["no_passages"].rstrip("\n"),
        guidance=Template(_TEXTS["guidance"]).substitute(
            notes="\n".join(fence("note", token, text) for text in notes)
        )
        if notes
        else "",
    )


def _passages(passages: Iterable[Passage], token: str) -> str:
    return "\n".join(
        fence(
            f"passage {passage.number}",
            token,
            f"From: {' > '.join(map(one_line, passage.path))}\n\n"
            + _cut(passage.body, MAX_PASSAGE_CHARS),
        )
        for passage in passages
    )


def _notes(guidance: Guidance) -> str:
    lines = [_cut(guidance.notes.strip(), MAX_NOTES_CHARS)] if guidance.notes.strip() else []
    lines += [
        f"Learners often think: {one_line(text)[:MAX_MISCONCEPTION_CHARS]}"
        for text in guidance.misconceptions[:MAX_MISCONCEPTIONS]
        if text.strip()
    ]
    return "\n".join(lines)


def _history(context: Context) -> tuple[ChatMessage, ...]:
    """The last messages, the first of them the learner's, as models expect."""
    recent = [one for one in context.history if one.content][-MAX_HISTORY:]
    return tuple(
        ChatMessage(one.role, _cut(one.content, MAX_MESSAGE_CHARS))
        for one in dropwhile(lambda one: one.role == "assistant", recent)
    )


def _token(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:16]


def _language(code: str) -> str:
    return code if _LANGUAGE.fullmatch(code) else "en"


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - len(_CUT)] + _CUT


def without_keys(
    guidance: Sequence[Guidance], material: GuardMaterial, language: str
) -> list[Guidance]:
    """The notes of authors for a prompt, without those that state an answer of their lesson."""
    items = read_all(material.items, language)

    def tells(text: str, guidance: Guidance) -> bool:
        piece = prepare(text, language)
        return any(
            states(item, piece, piece) is not None
            for item in items
            if guidance.question_id is None or item.id.startswith(str(guidance.question_id))
            if item.lesson_id == str(guidance.lesson_id) or item.restated(piece.stems) >= _REPEATED
        )

    return [
        one.model_copy(
            update={
                "notes": "" if tells(one.notes, one) else one.notes,
                "misconceptions": [text for text in one.misconceptions if not tells(text, one)],
            }
        )
        for one in guidance
    ]
