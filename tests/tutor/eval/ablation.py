"""Whether an answer rests on what it cites: it is asked for again without the cited passages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.services.tutor.language.markdown import unescape
from tests.support.database import Session
from tests.tutor.eval import retrieval
from tests.tutor.eval.retrieval import Asked
from tests.tutor.eval.stage import Progress


@dataclass
class Ablated:
    """An answer before and after."""

    before: Asked
    after: Asked

    @property
    def is_unchanged(self) -> bool:
        """Whether it says the same, or still a sentence that only the missing passages held."""
        if self.after.composition.text == self.before.composition.text:
            return True
        bodies = [passage.body for passage in self.after.context.passages]
        return any(
            sentence in unescape(self.after.composition.text)
            and not any(sentence in body for body in bodies)
            for _, sentence in self.before.composition.quotes
        )


def ablate(db: Session, asked: Sequence[Asked]) -> list[Ablated]:
    """Asks again what was answered with quotations; in the transaction of the caller."""
    quoted = [one for one in asked if one.composition.quotes]
    progress = Progress("ablation", len(quoted))
    found: list[Ablated] = []
    for one in quoted:
        numbers = {number for number, _ in one.composition.quotes}
        with db.savepoint():
            db.act("postgres")
            for passage in one.context.passages:
                if passage.number in numbers:
                    db.run(
                        "delete from public.lesson_passages where lesson_id = %s and ord = %s",
                        passage.lesson_id,
                        passage.ord,
                    )
            found.append(Ablated(one, retrieval.ask(db, one.question)))
        progress.step()
    return found
