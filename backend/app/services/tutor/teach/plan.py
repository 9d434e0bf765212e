"""What the answer of a turn may be."""

from dataclasses import dataclass
from typing import Literal

from app.services.tutor.teach.evidence import NONE, Evidence, Quotation
from app.services.tutor.teach.intent import Intent

Style = Literal["orient", "question", "concept", "example", "explain", "summarize", "support"]
Act = Literal["ask", "attempt", "stuck", "demand", "thanks"]


@dataclass(frozen=True, slots=True)
class Plan:
    """What the answer may be.

    `rung`: 1 orient, 2 guiding question, 3 cited concept, 4 worked analogous example, 5 full
    explanation. `strict`: the turn is about questions whose answers are withheld, `on_ids`;
    `near_ids` are those that the message may be about in other words; `nearness` is the largest
    share of one that it has. `item_ids`: both, and others of the same lessons: the model is told
    not to solve them. `thread`: the learner's messages that this one continues, oldest first.
    `goes_on`: the learner replies to an answer or names a question of the open quiz, so the words
    alone do not tell whether the lessons support an answer. `act`: what the learner does: asks,
    tries, does not know, demands the answer, or thanks. `evidence`: what the passages hold for the
    question; `pointers` the sentences that help with the question of the quiz that the turn is
    about, and `focus` what that question asks. `told`: the answer to a question of a reviewed quiz,
    which may be said; `is_right`: the message states it.
    """

    style: Style
    intent: Intent
    rung: int
    support_level: Literal["low", "medium", "high"]
    strict: bool
    language: str
    item_ids: tuple[str, ...] = ()
    on_ids: tuple[str, ...] = ()
    near_ids: tuple[str, ...] = ()
    nearness: float = 0.0
    suggestions: tuple[str, ...] = ()
    thread: tuple[str, ...] = ()
    goes_on: bool = False
    act: Act = "ask"
    evidence: Evidence = NONE
    pointers: tuple[Quotation, ...] = ()
    focus: str = ""
    told: str = ""
    is_right: bool = False
