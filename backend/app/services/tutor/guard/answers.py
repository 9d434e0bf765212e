"""The answers of questions: texts, choices, verdicts, orders, pairs."""

from app.services.tutor.guard.case import Case
from app.services.tutor.guard.piece import (
    CITATION,
    CODE,
    COVERAGE,
    MARK,
    MARKUP,
    Piece,
    covered,
    mentions,
)
from app.services.tutor.language import cues
from app.services.tutor.teach.items import Option


def codewords(case: Case, piece: Piece, window: Piece, near: frozenset[str]) -> str | None:
    """In a strict turn, a word that the learner agreed on as a sign for an answer."""
    return "agreed" if case.strict and case.agreed & piece.stem_set else None


def texts(case: Case, piece: Piece, window: Piece, near: frozenset[str]) -> str | None:
    """A correct option, an accepted text or an explanation, by its letters or its stems."""
    cue = piece.has(cues.ANSWER)
    for secret in case.secrets:
        if secret.core not in window.squeezed and secret.stems.isdisjoint(window.stem_set):
            continue
        on = secret.item.id in near
        if secret.long:
            if covered(secret.stems, piece.stem_set) >= COVERAGE:
                return "text"
            full = COVERAGE if case.strict and on else 1.0
            if (
                len(secret.stems) >= (3 if on or case.strict else 4)
                and covered(secret.stems, window.stem_set) >= full
            ):
                return "text"
            if len(secret.core) >= 12 and secret.core in window.squeezed:
                return "text"
            continue
        beside = case.strict and secret.item.id in case.beside
        if not (on or cue or beside):
            continue
        if len(secret.core) >= 5:
            # In a strict turn across word borders too: `is or dinal` must not hide `ordinal`.
            if secret.core in (window.squeezed if on or beside else piece.squeezed):
                return "text"
        elif secret.core in piece.tokens:
            return "text"
        if secret.stems and secret.stems <= piece.stem_set:
            return "text"
    return None


def choices(case: Case, piece: Piece, window: Piece, near: frozenset[str]) -> str | None:
    """A choice named by letter or place, an option ruled out, or any talk of the test."""
    if piece.has(cues.TEST):
        return "test"
    if piece.has(cues.QUIZ) and piece.has(cues.ANSWER):
        return "answer"
    named = cues.CHOICE.search(MARKUP.sub("", piece.folded))
    if named is not None and (
        case.strict or near or cues.ANSWER.search(named[0]) or cues.CLAUSE.search(named[0])
    ):
        return "choice"
    if case.strict and case.has_choices:
        bare = CODE.sub(lambda m: m[0] if len(m[0]) <= 3 else " ", piece.raw)
        if cues.LONE_LETTER.search(CITATION.sub(" ", bare)):
            return "choice"
    if not near:
        return None
    judged = (
        piece.has(cues.JUDGEMENT)
        or MARK.search(piece.raw) is not None
        or (case.strict and piece.has(cues.NEGATION))
    )
    for item in case.items:
        if item.id not in near or not item.options:
            continue
        for option in item.options:
            if judged and mentions(option, piece):
                return "elimination"
    return None


def verdicts(case: Case, piece: Piece, window: Piece, near: frozenset[str]) -> str | None:
    """True or false, right or wrong, said of a guess or of a withheld statement."""
    if case.strict:
        if cues.VERDICT.search(piece.folded.strip()) or piece.has(cues.JUDGEMENT):
            return "verdict"
        if piece.has(cues.TRUTH) and case.has_verdict:
            return "verdict"
        if piece.has(cues.RIDDLE):
            return "riddle"
    for item in case.items:
        if item.verdict is None:
            continue
        said = covered(item.prompt, piece.stem_set)
        asks = piece.is_question
        if item.id in case.on and said and not asks and piece.has(cues.NEGATION):
            return "verdict"
        judged = piece.has(cues.TRUTH) or piece.has(cues.JUDGEMENT)
        if item.id in near and judged and not asks:
            return "verdict"
        if said >= 0.5 and (judged or MARK.search(piece.raw)):
            return "verdict"
        least = 0.3 if case.strict and item.id in near else 0.6
        if said >= least and not asks and (item.verdict or piece.has(cues.NEGATION)):
            return "verdict"
        if (
            item.id in near
            and case.strict
            and not asks
            and not item.verdict
            and said >= 0.4
            and piece.has(cues.NEGATION)
        ):
            return "verdict"
    return None


def orders(case: Case, piece: Piece, window: Piece, near: frozenset[str]) -> str | None:
    """The options of an ordering question, in their order or the reverse."""
    ordered = piece.has(cues.SEQUENCE)
    for item in case.items:
        if len(item.order) < 2:
            continue
        here = [place for option in item.order if (place := _place(option, piece)) >= 0]
        if not here:
            continue
        if case.strict and ordered and (item.id in case.on or len(here) >= 2):
            return "order"
        if case.strict and len(piece.tokens) <= 2:
            # A line that names one of them and nothing else is a list.
            return "order"
        places = [place for option in item.order if (place := _place(option, window)) >= 0]
        rising = places == sorted(places)
        if not rising and places != sorted(places, reverse=True):
            continue
        least = 2 if case.strict and ordered else max(3, len(item.order) - 1)
        if len(places) >= least:
            return "order"
    return None


def _place(option: Option, piece: Piece) -> int:
    """Where a text first names an option, by its letters; -1 when it does not."""
    if len(option.core) >= 4:
        place = piece.squeezed.find(option.core)
        if place >= 0:
            return place
    # `parsing` and `parsed` for `Parser`; `run` where that is the author's name for a station.
    stem = option.core[: max(4, len(option.core) - 3)] if len(option.stems) == 1 else "\0"
    if stem not in piece.squeezed and option.name not in piece.tokens:
        return -1
    place = 0
    for token in piece.tokens:
        if token == option.name or token.startswith(stem):
            return place
        place += len(token)
    return -1


def pairs(case: Case, piece: Piece, window: Piece, near: frozenset[str]) -> str | None:
    """Both sides of a pair of a matching question."""
    for item in case.items:
        if not item.pairs:
            continue
        on = item.id in near
        rights = [piece.squeezed.find(option.core) for _, _, option in item.pairs]
        if case.strict and len(rights) >= 2 and min(rights) >= 0 and rights == sorted(rights):
            return "pair"
        for stems, core, option in item.pairs:
            for part in (piece, window):
                if not mentions(option, part) and option.id not in case.asked_rights:
                    continue
                share = covered(stems, part.stem_set)
                asked = on or option.id in case.asked_rights
                least = 0.5 if asked and (case.strict or part is piece) else 0.7
                if part is window and not asked:
                    least = 0.85
                if share >= least or (len(core) >= 12 and core in part.squeezed):
                    return "pair"
        if case.strict and on and any(mentions(option, piece) for _, _, option in item.pairs):
            # To name one side where the other was asked for is to answer.
            return "pair"
    return None
