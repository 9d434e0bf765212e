"""The part of `make demo` in which courses of other systems come in, are taken, and go out."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
from supabase import Client

from tests.formats.support import as_tar, as_zip

# A picture of one pixel.
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
EPISODE = """---
title: Counting waves
teaching: 10
exercises: 5
---

::: objectives

- Count the waves of a minute.

:::

![A wave](fig/wave.png)

A wave begins at a crest.
"""
CARPENTRIES: dict[str, str | bytes] = {
    "config.yaml": "carpentry: 'lab'\ntitle: 'Waves'\nepisodes:\n- 01-waves.md\n",
    "index.md": "---\ntitle: Waves\n---\n\nWaves of the sea.\n",
    "episodes/01-waves.md": EPISODE,
    "episodes/fig/wave.png": PICTURE,
}
MOODLE = """<?xml version="1.0"?>
<quiz>
  <question type="multichoice">
    <questiontext format="html">
      <text><![CDATA[<p>What makes <b>waves</b>?</p>]]></text>
    </questiontext>
    <single>true</single>
    <answer fraction="100"><text>Wind</text></answer>
    <answer fraction="0"><text>Salt</text></answer>
  </question>
  <question type="numerical">
    <questiontext format="html"><text>How many tides has a day?</text></questiontext>
    <answer fraction="100"><text>2</text><tolerance>0</tolerance></answer>
  </question>
</quiz>
"""
QTI = """<?xml version="1.0"?>
<questestinterop xmlns="http://www.imsglobal.org/xsd/ims_qtiasiv1p2">
  <assessment ident="a1" title="Salt"><section ident="root_section">
    <item ident="i1" title="Salt"><itemmetadata><qtimetadata><qtimetadatafield>
      <fieldlabel>question_type</fieldlabel><fieldentry>true_false_question</fieldentry>
    </qtimetadatafield></qtimetadata></itemmetadata>
    <presentation><material><mattext texttype="text/html">The sea is salty.</mattext></material>
      <response_lid ident="r1" rcardinality="Single"><render_choice>
        <response_label ident="t"><material><mattext>True</mattext></material></response_label>
        <response_label ident="f"><material><mattext>False</mattext></material></response_label>
      </render_choice></response_lid></presentation>
    <resprocessing><outcomes><decvar maxvalue="100" minvalue="0"/></outcomes>
      <respcondition><conditionvar><varequal respident="r1">t</varequal></conditionvar>
        <setvar action="Set">100</setvar></respcondition></resprocessing></item>
  </section></assessment>
</questestinterop>
"""
MANIFEST = """<?xml version="1.0"?>
<manifest identifier="m" xmlns="http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1">
  <metadata><lom><general><title><string>Seas</string></title></general></lom></metadata>
  <organizations><organization identifier="o" structure="rooted-hierarchy"><item identifier="r">
    <item identifier="m1"><title>Water</title>
      <item identifier="i1" identifierref="page"><title>Salt water</title></item>
      <item identifier="i2" identifierref="quiz"><title>Salt</title></item></item>
  </item></organization></organizations>
  <resources>
    <resource identifier="page" type="webcontent" href="wiki_content/salt-water.html">
      <file href="wiki_content/salt-water.html"/></resource>
    <resource identifier="quiz" type="imsqti_xmlv1p2/imscc_xmlv1p1/assessment">
      <file href="quiz/assessment_qti.xml"/></resource>
  </resources>
</manifest>
"""
CANVAS: dict[str, str | bytes] = {
    "imsmanifest.xml": MANIFEST,
    "course_settings/course_settings.xml": "<course><title>Seas</title></course>",
    "course_settings/syllabus.html": "<html><body><p>All about seas.</p></body></html>",
    "wiki_content/salt-water.html": "<html><head><title>Salt water</title></head><body>"
    '<p>Then do <a href="$CANVAS_OBJECT_REFERENCE$/quizzes/quiz">the quiz</a>.</p></body></html>',
    "quiz/assessment_qti.xml": QTI,
}

Step = Callable[[str, bool], None]


def import_journey(
    service: httpx.Client,
    owner: Client,
    learner: Client,
    take_quiz: Callable[[str, dict[str, Any]], Any],
    step: Step,
) -> None:
    """A Carpentries lesson, a quiz of Moodle and a cartridge of Canvas become courses."""

    def rpc(client: Client, name: str, **fields: Any) -> Any:
        """The result of a function."""
        return client.rpc(name, fields).execute().data

    def bring(name: str, data: bytes) -> dict[str, Any]:
        """Import under a name of its own; the answer."""
        slug = f"{name.split('.')[0]}-{uuid4().hex[:8]}"
        query = {"name": name, "slug": slug}
        answer = service.post("/v1/courses/import", params=query, content=data)
        assert answer.status_code == 201, answer.text
        return {**answer.json(), "slug": slug}

    def open_course(course: dict[str, Any]) -> dict[str, Any]:
        """Publish it, enroll the learner, and return its lessons by slug."""
        published = rpc(owner, "publish_course", course_id=course["course_id"])
        assert published["is_published"], published
        rpc(learner, "enroll", course_id=course["course_id"])
        outline = rpc(learner, "course_outline", course_id=course["course_id"])
        return {one["slug"]: one for part in outline["modules"] for one in part["lessons"]}

    def go_out(course: dict[str, Any], what: str) -> None:
        """Export it with its files, and compare what an import would make of that."""
        path = f"/v1/courses/{course['course_id']}/export.zip?with_files=true"
        folder = service.get(path).content
        back = service.post("/v1/courses/import?dry_run=true&name=back.zip", content=folder).json()
        step(
            f"{what} goes out as a folder of {len(folder)} bytes, which reads as the same course",
            back["report"]["counts"] == course["report"]["counts"],
        )

    waves = as_tar(CARPENTRIES, "waves-main/")
    dry = service.post("/v1/courses/import?dry_run=true&name=waves.tar.gz", content=waves).json()
    counts = dry["report"]["counts"]
    step(
        f"a lesson of The Carpentries is read: {counts['lessons']} episode", counts["lessons"] == 1
    )
    course = bring("waves.tar.gz", waves)
    step(f"and imported, with {course['stored_files']} picture", course["stored_files"] == 1)
    again = service.post(
        "/v1/courses/import",
        params={"name": "waves.tar.gz", "slug": course["slug"]},
        content=waves,
    )
    same = again.json()["course_id"] == course["course_id"] and again.json()["stored_files"] == 1
    step(f"the same import again makes no second course: {again.status_code}", same)
    lesson = open_course(course)["waves"]
    page = rpc(learner, "lesson_page", lesson_id=lesson["id"])
    (file,) = page["files"]
    data = learner.storage.from_("lesson-files").download(file["path"])
    step(f"the learner reads it and sees “{file['title']}”", data == PICTURE)
    rpc(learner, "complete_lesson", lesson_id=lesson["id"])
    go_out(course, "the lesson")

    course = bring("tides.xml", MOODLE.encode())
    (part,) = course["report"]["modules"]
    step(f"a quiz of Moodle comes with {part['lessons'][0]['questions']} questions", True)
    about = {"description": "Questions about waves."}
    owner.table("courses").update(about).eq("id", course["course_id"]).execute()
    (quiz,) = open_course(course).values()
    result = take_quiz(quiz["id"], {"What makes": "Wind", "How many": 2})
    step(f"the learner takes it: {result['score']:g} points", result["is_passed"])
    go_out(course, "the quiz")

    course = bring("seas.imscc", as_zip(CANVAS))
    lessons = open_course(course)
    result = take_quiz(lessons["salt"]["id"], {"The sea": True})
    step("a cartridge of Canvas is imported, published and taken", result["is_passed"])
    go_out(course, "the cartridge")
