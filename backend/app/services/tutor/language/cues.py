"""Patterns by which a judgement, a choice or a riddle is known; all on folded text.

The words of a language are in its file. Here are the patterns that join them, and the alternatives
that mix languages.
"""

import re
from typing import Final

from app.services.tutor.language.table import LANGUAGES, alternatives, known

# Says that something is right or wrong. `right` is one; `right side` is not.
JUDGEMENT: Final = re.compile(rf"\b(?:{alternatives(lambda one: one.judgement)})\b")
# Says no to something, or that it does not work.
NEGATION: Final = re.compile(rf"\b(?:{alternatives(lambda one: one.negation)})\b")
# Announces an answer.
ANSWER: Final = re.compile(rf"\b(?:{alternatives(lambda one: one.answer)})\b")

_SPOKEN: Final = alternatives(lambda one: one.spoken)
# A verdict on a statement or a guess, as the whole of a sentence or at its start.
VERDICT: Final = re.compile(
    rf"(?:^|[.!?:;,\-\n]\s*)(?:{_SPOKEN}|{alternatives(lambda one: one.whole)})"
    r"\s*(?:$|[.!?,:;\-\n])"
    rf"|\b(?:{_SPOKEN}|{alternatives(lambda one: one.verdict)}"
    r"|(?:too|zu) (?:high|low|big|small|many|few|hoch|niedrig|tief|gross|klein|viel\w*|wenig\w*))\b"
    r"|\b(?:einer?s?|one) (?:fehlt|more|less|short|too)\b|\bfehlt noch|\btake \w+ off"
    r"|\blegen sie \w+ drauf"
    r"|^\W*(?:almost|nearly|fast|beinahe|not yet|noch nicht)\b"
    r"|^\W*[01](?![\w.)/%,-])"
)
# Says true or false of a statement.
TRUTH: Final = re.compile(rf"\b(?:{alternatives(lambda one: one.truth)})\b")
_CLAUSE: Final = alternatives(lambda one: one.clause)
# Names a choice by its letter or its place.
CHOICE: Final = re.compile(
    rf"\b(?:{alternatives(lambda one: one.choice)})\b"
    r"[\s:=\-(\"'*`]{0,4}(?:(?:is|are|ist|sind|es|est|lautet|lauten|heisst|number|nummer|nr|the|der"
    r"|to \w+|zu \w+ \w+)[\s:=\-(\"'*`]{1,4}){0,2}(?:[b-hj-z]|a(?!\s+[a-z])|i{2,3}|iv"
    r"|[1-8])(?![\w'])"
    rf"|\b(?:{alternatives(lambda one: one.choose)})[\s:=\-(\"'*`]{{1,4}}"
    r"(?:the |den |das |die )?[b-h](?![\w'])"
    r"|\b(?:correct|right|true|richtig\w*|korrekt|losung\w*|solutions?)[\s=:\[({\"'*`-]{1,8}"
    r"(?:[b-h](?!\w)|a(?=[\"'*`,;.)\]]))|(?<![\w'])[b-h] it is"
    r"|(?<![\w'])[a-h][\s)\"'*`.]{0,3}(?:is|are|ist|sind|and [a-h] are|und [a-h] sind"
    r"|,? not [a-h]\b"
    r"|,? nicht [a-h]\b) ?(?:the |die |das |der )?(?:right|correct|wrong|incorrect|true|false"
    r"|answer|out"
    r"|it\b|richtig\w*|falsch\w*|korrekt|antwort|losung|raus|es\b)?"
    r"|\b(?:not|nicht|weder|neither|nor|noch) [\"'(*`]?[a-h][\"')*`]?(?![\w'])"
    r"|\b(?:first|second|third|fourth|last|1st|2nd|3rd|4th|top|bottom|middle|erste\w*|zweite\w*"
    r"|dritte\w*|vierte\w*|letzte\w*|oberste\w*|unterste\w*|mittlere) (?:and \w+ )?(?:options?"
    r"|choices?|answers?|alternatives?|antwort\w*|moglichkeit\w*|auswahl|variante)\b"
    r"|\b(?:positions?|places?|nummern?|platze?|stellen?) [1-8](?: |,|\.|$)"
    r"|\b(?:first|second|third|fourth|erste\w*|zweite\w*|dritte\w*|vierte\w*)(?:,| and| or| und"
    r"| oder)"
    r" (?:the |das |die |der )?(?:second|third|fourth|last|zweite\w*|dritte\w*|vierte\w*"
    r"|letzte\w*)\b"
    rf"|\b(?:{_CLAUSE}) "
    r"(?:[b-hj-z]\b|a(?= (?:is|ist|gehort|belongs|goes|geht)))"
    r"|\bbetween [a-h] and [a-h]\b|\bzwischen [a-h] und [a-h]\b"
    r"|\b\d\s?[.:)=\-]\s?[a-h](?![\w'])(?!\))"
)
CLAUSE: Final = re.compile(rf"\b(?:{_CLAUSE})\b")
# A letter that stands alone; `a` is an article unless it is marked.
LONE_LETTER: Final = re.compile(
    r"(?<![\w'(|])(?:[B-H](?!-[a-z])|[Aa](?=\s*[.!:)\"*`]|\s*$)|[b-h](?=[)\".*`]|\s*$))(?!\w)"
)
# Spells, counts or describes a word or a number instead of saying it.
RIDDLE: Final = re.compile(rf"\b(?:{alternatives(lambda one: one.riddle)})\b")
# Names a question of a quiz by its number.
QUIZ: Final = re.compile(
    rf"\b(?:{alternatives(lambda one: one.quiz)})\W{{0,3}}(?:nr\W{{0,2}}|no\W{{0,2}}|number )?\d+"
)
# Talks of the test itself, which a tutor need not do.
TEST: Final = re.compile(rf"\b(?:{alternatives(lambda one: one.test)})\b")
# Puts what it names in an order.
SEQUENCE: Final = re.compile(
    rf"\b(?:{alternatives(lambda one: one.sequence, '1', '2', '3', '4')})\b"
    r"|->|=>|>|\u2192|\u27a1|\u21d2"
)
# Words of spelling alphabets, with the letters that they stand for.
PHONETIC: Final = {word: word[0] for one in LANGUAGES.values() for word in one.spelling.split()}


def pedagogic(code: str) -> list[str]:
    """Folded words that a tutor needs although no lesson contains them."""
    return known(code).pedagogic.split()
