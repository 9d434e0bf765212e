"""The text of an answer in progress."""

from collections.abc import Iterable
from copy import copy

from app.models.rpc.stream import StoredCitation, TextDeltaPart
from app.services.tutor.guard.guard import Guard
from app.services.tutor.language.markdown import Cleaner, unescape
from app.services.tutor.language.sentences import SentenceBuffer, cut
from app.services.tutor.language.texts import text
from app.services.tutor.teach.plan import Plan
from app.services.tutor.turn import frames
from app.services.tutor.turn.citations import Citations
from app.services.tutor.turn.runs import Run


class Answer:
    """The text of a run: what the model says, after guard and citations."""

    def __init__(
        self,
        run: Run,
        guard: Guard,
        citations: Citations,
        plan: Plan,
        sources: Iterable[str] = (),
    ) -> None:
        """`sources` are the texts of lessons, whose addresses may be said."""
        self._run = run
        self._guard = guard
        self._plan = plan
        self._buffer = SentenceBuffer()
        self._cleaner = Cleaner(sources)
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

    def may_say(self, text: str) -> bool:
        """Whether all sentences of a text may be sent at this place of the answer."""
        guard = copy(self._guard)
        return all(guard.check(one).allowed for one in cut(f"“{text}”"))

    def finish(self) -> None:
        """Send what waited for its end."""
        rest = self._buffer.feed(self._cleaner.flush())
        for sentence in [*rest, *self._buffer.flush()]:
            self._judge(sentence)
        self._send(self.citations.flush())

    def say(self, words: str) -> None:
        """Send a fixed text, which needs no guard."""
        self._send(words)

    def _judge(self, sentence: str) -> None:
        verdict = self._guard.check(sentence)
        if verdict.allowed:
            self._send(self.citations.feed(sentence))
            return
        self.guard_hits += 1
        if verdict.reason:
            self.reasons.add(verdict.reason)
        if self.guard_hits == 1:
            nudge = text(f"nudge_{max(self._plan.rung, 1)}", self._plan.language)
            blank = sentence[len(sentence.rstrip()) :] or " "
            self._send(self.citations.feed(nudge + blank))

    def _send(self, piece: str) -> None:
        if piece:
            self.pieces.append(piece)
            part: TextDeltaPart = {"type": "text-delta", "id": frames.TEXT_ID, "delta": piece}
            self._run.emit(frames.TEXT, part, text=piece)
