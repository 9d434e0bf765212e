"""Bundles for tests: a minimal one, one with every field, and random ones."""

from __future__ import annotations

from random import Random
from typing import Any
from uuid import uuid4

from tests.rpc.exam import BY_HAND, MODELS, PROMPTS

Bundle = dict[str, Any]


def minimal_bundle(**course: Any) -> Bundle:
    """A course with nothing but what it needs."""
    return {
        "format": "lyceum.course",
        "version": 1,
        "course": {"slug": f"bundle-{uuid4().hex[:8]}", "title": "Bundle", **course},
    }


def question(kind: str, **more: Any) -> Bundle:
    """The model question of a kind."""
    options, key = {**MODELS, **BY_HAND}[kind][:2]
    prompt = PROMPTS.get(kind, f"Prompt of {kind}?")
    return {"kind": kind, "prompt_md": prompt, "options": options, "key": key, **more}


def full_bundle() -> Bundle:
    """A course in which every field is set."""
    guidance = {"notes": "They mix it up.", "misconceptions": ["It is a hash.", "It is «tief»."]}
    text = {
        "slug": "text",
        "title": "Text & 文",
        "content_type": "text",
        "duration_minutes": 12.5,
        "is_published": True,
        "is_preview": True,
        "is_required": False,
        "release_at": "2030-03-30T09:00:00+00:00",
        "release_after": "P1M2DT3H",
        "completion_rule": "manual",
        "completion_threshold": 50,
        "weight": 2.5,
        "content": {
            "body_md": "# Read\n\nText.\n\n::: staff\nFor staff.\n:::\n",
            "md_url": "https://example.test/text.md",
            "video_url": None,
            "transcript": None,
        },
        "prerequisites": [{"lesson": "quiz", "min_score": 50}],
        "guidance": guidance,
    }
    quiz = {
        "slug": "quiz",
        "title": "Quiz",
        "content_type": "quiz",
        "completion_rule": "pass",
        "quiz": {
            "pass_mark": 75,
            "max_attempts": 3,
            "time_limit_seconds": 600,
            "is_shuffled": False,
            "draw_count": 5,
            "scoring": "average",
            "reveal": "after_close",
            "due_at": None,
            "due_on": "2030-04-02",
            "draws": [
                {"bank": "Bank", "tag": "", "question_count": None},
                {"bank": "Bank", "tag": "hard", "question_count": 2},
            ],
            "questions": [
                question(kind, points=2.5, explanation_md="Because.", guidance=guidance)
                for kind in MODELS
            ]
            + [
                question(
                    "single",
                    feedback={"a": "Yes.", "b": "No, *not* that."},
                    hints=[{"text_md": "Think.", "cost_percent": 10}],
                ),
                question("essay"),
                question("file", tags=["own"]),
            ],
        },
    }
    banks = [
        {"title": "Bank", "questions": [question("cloze", tags=["hard", "schwer"], points=2)]},
        {"title": "Empty", "questions": []},
    ]
    lab = {
        "slug": "lab",
        "title": "Lab",
        "content_type": "lab",
        "lab": {
            "due_at": "2030-04-01T10:30:00+00:00",
            "due_on": None,
            "rubric": [{"id": "a", "title": "It works", "points": 4}],
        },
    }
    video = {
        "slug": "video",
        "title": "Video",
        "content_type": "video",
        "duration_minutes": 3,
        "content": {"body_md": "", "video_url": "https://example.test/v.webm", "transcript": "Hi."},
        "draft": {
            "body_md": "---\ntitle: Another\n---\nNew. <!-- Aside. -->",
            "md_url": None,
            "video_url": None,
            "transcript": None,
        },
    }
    return minimal_bundle(
        locale="de-CH",
        time_zone="Europe/Zurich",
        description="# All\n\nOf it.",
        cover_url="https://example.test/cover.png",
        level="B1",
        tags=["one", "zwei"],
        enrollment_mode="approval",
        capacity=12,
        opens_at="2030-03-01T08:00:00+00:00",
        closes_at="2030-12-31T23:00:00+00:00",
        is_sequential=True,
        tutor={"is_enabled": False, "max_support_level": "low"},
        banks=banks,
        modules=[
            {"title": "First", "summary": "Begins.", "lessons": [quiz, text]},
            {"title": "Empty", "summary": "", "lessons": []},
            {"title": "Last", "lessons": [lab, video]},
        ],
    )


def wild_bundle(random: Random) -> Bundle:
    """A random course, of any size and with any subset of the fields."""
    full = full_bundle()["course"]
    lessons = [one for module in full["modules"] for one in module["lessons"]]
    whole = {"options", "key", "rubric"}
    needed = whole | {
        "body_md",
        "slug",
        "title",
        "content_type",
        "quiz",
        "lab",
        "kind",
        "prompt_md",
    }

    def some(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {
            key: inner if key in whole else some(inner)
            for key, inner in value.items()
            if key in needed or random.random() < 0.7
        }

    modules: list[Bundle] = []
    slugs: list[str] = []
    for _ in range(random.randint(0, 4)):
        inside = []
        for _ in range(random.randint(0, 4)):
            lesson = some(random.choice(lessons))
            lesson["slug"] = f"lesson-{len(slugs)}"
            lesson["prerequisites"] = [
                {"lesson": slug} for slug in sorted(random.sample(slugs, min(len(slugs), 2)))
            ]
            if "quiz" in lesson:
                # The course may be without its banks.
                lesson["quiz"].pop("draws", None)
                kinds = random.choices(list(MODELS), k=random.randint(0, 6))
                lesson["quiz"]["questions"] = [
                    some(question(kind, points=random.randint(1, 9), explanation_md="Näh. 🙂"))
                    for kind in kinds
                ]
            slugs.append(lesson["slug"])
            inside.append(lesson)
        modules.append({"title": random.choice(["M", "Ünït", "模块"]), "lessons": inside})
    rest = some({key: value for key, value in full.items() if key not in ("slug", "modules")})
    return minimal_bundle(**{**rest, "modules": modules})
