"""What the scripted model of these tests says, and the questions that make it say so."""

from __future__ import annotations

DATABASES = "c1000000-0000-4000-8000-000000000000"
PAGES = "c1000000-0000-4000-8000-000000000101"
QUESTION = "How many bytes does a page have?"
SPOKEN = [
    "A page is a block of a file. ",
    "It has 8192 bytes [1]. ",
    "Every read moves whole pages [3], as another place says [77].\n\n",
    "How many rows would fit on one? ",
]
WHOLE = [{"text": text, "sleep": 0.02} for text in SPOKEN] + [
    {"usage": {"input_tokens": 900, "cached_tokens": 400, "output_tokens": 50}}
]
SCRIPTS = {
    "slowly": [{"text": "The page is read as a whole. ", "sleep": 0.05, "repeat": 400}],
    "hanging": [{"text": "The page is read. "}, {"hang": True}],
    "refused": [{"fail": "provider_unavailable", "retry_after": 7}],
    "late": [{"fail": "provider_timeout"}],
    "breaking": [{"text": "The page is read. "}, {"break": "provider_protocol"}],
    "crashing": [{"text": "The page is read. "}, {"crash": True}],
    "uncounted": [{"text": "The page is read as a whole. "}],
    "pausing": [{"text": "The page is read as a whole. ", "sleep": 1.0}],
    "waiting": [{"sleep": 2.5, "fail": "provider_unavailable"}],
}
# What chooses a script stands behind the question, as marks that no search takes for words.
MARKS = {
    name: "".join("!?"[number >> bit & 1] for bit in range(4))
    for number, name in enumerate(SCRIPTS)
}
SCRIPT = {
    "default": WHOLE,
    "by_question": {MARKS[name]: steps for name, steps in SCRIPTS.items()},
}
# A dollar for a million tokens of input, half of it when cached, two for output.
WHOLE_COST = 500 + 200 + 100


def about(what: str) -> str:
    """A question that the lessons answer, and that chooses a script."""
    return f"{QUESTION} {MARKS[what]}"
