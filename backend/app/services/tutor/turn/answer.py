"""The text of an answer in progress."""

from collections.abc import Sequence
from copy import copy
from typing import Final

from app.models.rpc.stream import StoredCitation, TextDeltaPart
from app.services.tutor.context import Context
from app.services.tutor.guard.guard import Guard
from app.services.tutor.language.markdown import Cleaner, unescape
from app.services.tutor.language.sentences import SentenceBuffer, cut
from app.services.tutor.language.table import LANGUAGES
from app.services.tutor.language.texts import text
from app.services.tutor.models.extractive import compose
from app.services.tutor.teach.hints import hint, lead
from app.services.tutor.teach.plan import Plan
from app.services.tutor.turn import frames
from app.services.tutor.turn.citations import Citations
from app.services.tutor.turn.runs import Run

# A sentence that is shorter may be said twice.
_REPEATED: Final = 12
# An answer has to guide where the message has so much of a question.
_NEAR: Final = 0.25
# Where it has so much, the lessons are not quoted instead: they may state the key.
_CLOSE: Final = 0.4
# The weight of words that makes an explanation; it grows with the share of a question that the
# message has.
_LEAST: Final = 8.5
_NEARER: Final = 8.0
# Where the turn is about a question, it has at least so much.
_ABOUT: Final = 0.6
_MOST: Final = 14.0
# So many words explain.
_LONG: Final = 22


class Answer:
    """The text of a run: what the model says, after guard and citations.

    The first sentence of a generating model that must not be sent stops the answer: `resume` lets
    it go on with the deltas of another stream. A later one is replaced by a hint, once; further
    ones are left out. Where the turn may be about a withheld question, a generated answer is sent
    once it asks, sets a task or explains enough. What does none of these is taken for a statement
    of the key, in whatever words.
    """

    def __init__(
        self,
        run: Run,
        guard: Guard,
        citations: Citations,
        context: Context,
        plan: Plan,
        sources: Sequence[str] = (),
        *,
        stops: bool = False,
    ) -> None:
        """`sources` are the texts of lessons, whose addresses may be said."""
        self._run = run
        self._guard = guard
        self._context = context
        self._plan = plan
        self._sources = sources
        self._buffer = SentenceBuffer()
        self._cleaner = Cleaner(sources)
        self._stops = stops
        self._unheard = copy(guard)
        # Sentences that wait for one that guides.
        is_near = plan.strict or plan.nearness >= _NEAR
        waits = stops and is_near and plan.intent != "chat" and plan.language in LANGUAGES
        self._waiting: list[str] | None = [] if waits else None
        share = max(plan.nearness, _ABOUT) if plan.strict else plan.nearness
        self._least = min(_MOST, _LEAST + _NEARER * share)
        self._reason: str | None = None
        self._is_second = False
        self._is_hinted = False
        # Of a piece of code that a hint has closed, the rest is left out.
        self._skips_code = False
        self.citations = citations
        self.pieces: list[str] = []
        self.guard_hits = 0
        self.reasons: set[str] = set()
        self.raw_bytes = 0

    @property
    def content(self) -> str:
        """What was sent so far."""
        return "".join(self.pieces)

    def cited(self) -> list[StoredCitation]:
        """The citations. An answer that only points to a passage does not quote it."""
        explains = self._plan.rung >= 3 and not self._plan.strict
        content = unescape(self.content)
        return [
            one if explains or one["citedText"] in content else {**one, "citedText": ""}
            for one in self.citations.citations
        ]

    def feed(self, delta: str) -> None:
        """Take a delta; complete and allowed sentences are sent, without active Markdown."""
        self.raw_bytes += len(delta.encode())
        for sentence in self._buffer.feed(self._cleaner.feed(delta)):
            self._judge(sentence)

    @property
    def is_stopped(self) -> bool:
        """Whether the model has to be asked once more."""
        return self._reason is not None

    def resume(self) -> str:
        """Let the answer go on; returns why it was stopped."""
        reason, self._reason = self._reason, None
        assert reason is not None
        self._stops, self._is_second = False, True
        if self._waiting is not None:
            self._waiting, self._guard = [], copy(self._unheard)
        self._buffer, self._cleaner = SentenceBuffer(), Cleaner(self._sources)
        self.say(self.citations.flush())
        if self._guard.close_fence():
            self.say(self.citations.feed("```\n\n"))
        elif (end := self.content[-1:]) and not end.isspace():
            self.say(self.citations.feed(" "))
        return reason

    def may_say(self, text: str) -> bool:
        """Whether all sentences of a text may be sent at this place of the answer."""
        guard = copy(self._guard)
        return all(guard.check(one) is None for one in cut(text))

    def _may_point(self, text: str) -> bool:
        return all(self._guard.reason(one, points=True) is None for one in cut(text))

    def finish(self) -> None:
        """Send what waited for its end."""
        rest = self._buffer.feed(self._cleaner.flush())
        for sentence in [*rest, *self._buffer.flush()]:
            self._judge(sentence)
        if self._waiting and not self.is_stopped:
            self._withhold("unguided", "")
        if not self.is_stopped:
            self.say(self.citations.flush())

    def begin(self) -> None:
        """Send the answer of a reviewed quiz, if the plan has one, before what the model says."""
        plan = self._plan
        if plan.told:
            key = "right" if plan.is_right else "told"
            told = text(key, plan.language, answer=plan.told)
            self.say(self.citations.feed(f"{told}\n\n"))

    def _judge(self, sentence: str) -> None:
        if self._reason is not None:
            return
        if self._skips_code:
            self._skips_code = not sentence.lstrip().startswith(("```", "~~~"))
            return
        if self._is_second and len(sentence) >= _REPEATED and sentence.strip() in self.content:
            # The model began again instead of going on.
            return
        reason = self._guard.check(sentence)
        if reason is not None:
            self._withhold(reason, sentence)
        elif self._waiting is None:
            self.say(self.citations.feed(sentence))
        else:
            self._waiting.append(sentence)
            if self._guard.guides(self._waiting, self._least, _LONG):
                whole, self._waiting = "".join(self._waiting), None
                self.say(self.citations.feed(whole))

    def _quoted(self) -> str:
        """Quotations that answer the message; empty close to a question and after a sentence."""
        if self._plan.strict or self._plan.nearness >= _CLOSE or self.content:
            return ""
        quoted = compose(self._context, self._plan, self._may_point)
        return quoted.text if quoted.quotes and self._may_point(quoted.text) else ""

    def _withhold(self, reason: str, sentence: str) -> None:
        """Stop the answer; the second time a hint takes the place of the sentence.

        An answer that states nothing and does not guide is replaced by quotations.
        """
        self.guard_hits += 1
        self.reasons.add(reason)
        if self._stops:
            self._reason = reason
        elif not self._is_hinted:
            self._is_hinted = True
            said = [one.content for one in self._context.history if one.role == "assistant"]
            self._skips_code = self._guard.close_fence()
            if self._waiting is not None:
                self._waiting = []
            elif self._skips_code:
                self.say(self.citations.feed("```\n\n"))
            told = self._quoted() if reason == "unguided" else ""
            if not told:
                told = hint(self._context, self._plan, [*said, self.content], self._may_point) or ""
                told = lead(self._plan, said) + told if told and not self.content else told
            if told:
                self.say(self.citations.feed(told + (sentence[len(sentence.rstrip()) :] or " ")))

    def say(self, piece: str) -> None:
        """Send a text that needs no guard."""
        if piece:
            self.pieces.append(piece)
            part: TextDeltaPart = {"type": "text-delta", "id": frames.TEXT_ID, "delta": piece}
            self._run.emit(frames.TEXT, part, text=piece)
