"""Languages: scripts without blanks, and one spelling of a text, in search, tutor and answers."""

# ruff: noqa: RUF001

from __future__ import annotations

import re
import unicodedata
from typing import Any
from uuid import uuid4

import pytest
from psycopg.types.json import Jsonb

from app.services.tutor.context import Context, GuardMaterial
from app.services.tutor.guard.guard import Guard
from app.services.tutor.models.extractive import compose
from app.services.tutor.teach.abstention import abstains
from app.services.tutor.teach.policy import plan
from app.services.tutor.turn.citations import Citations
from tests.rpc.exam import make_exam
from tests.rpc.finding import Library, lessons, marked, search, shown, suggest
from tests.rpc.support import call, refuse
from tests.rpc.tutoring import ask
from tests.support.database import Session
from tests.support.school import School

# Title, text, three words of it, a word that it has not, a question and the sentence that answers.
TEXTS: dict[str, Any] = {
    "zh": (
        "数据库索引入门",
        "# 索引\n\n数据库的索引可以加快查询速度。B树是最常见的索引结构,PostgreSQL 默认使用它。\n\n"
        "# 事务\n\n事务保证数据的一致性。提交之后修改就不会丢失。",
        ("索引", "查询速度", "一致性"),
        "光合作用",
        ("什么是数据库索引?", "事务保证什么?"),
        ("数据库的索引可以加快查询速度。", "事务保证数据的一致性。"),
    ),
    "ja": (
        "データベース入門",
        "# 索引\n\n索引を使うと検索が速くなります。B木は最もよく使われ、PostgreSQL の標準です。\n\n"
        "# トランザクション\n\nトランザクションはデータの一貫性を守ります。",
        ("検索", "一貫性", "トランザクション"),
        "光合成",
        ("索引とは何ですか?", "トランザクションは何を守りますか?"),
        ("索引を使うと検索が速くなります。", "トランザクションはデータの一貫性を守ります。"),
    ),
    "th": (
        "พื้นฐานฐานข้อมูล",
        "# ดัชนี\n\nดัชนีช่วยให้การค้นหาข้อมูลเร็วขึ้น และ PostgreSQL ใช้ต้นไม้บีเป็นค่าเริ่มต้น\n\n"
        "# ธุรกรรม\n\nธุรกรรมรักษาความถูกต้องของข้อมูล",
        ("ค้นหา", "ธุรกรรม", "ความถูกต้อง"),
        "สังเคราะห์แสง",
        ("ดัชนีคืออะไร", "ธุรกรรมคืออะไร"),
        ("ดัชนีช่วยให้การค้นหาข้อมูลเร็วขึ้น", "ธุรกรรมรักษาความถูกต้องของข้อมูล"),
    ),
}


@pytest.fixture(params=sorted(TEXTS))
def locale(request: pytest.FixtureRequest) -> str:
    """A language without blanks."""
    value: str = request.param
    return value


@pytest.mark.slow
def test_d1_lessons_are_found(db: Session, school: School, locale: str) -> None:
    """A word anywhere in a run of letters is found and marked; another word is not."""
    title, body, words, other, _, _ = TEXTS[locale]
    library = Library(db, school, locale=locale)
    lesson_id = library.lesson(body, title=title)
    library.lesson("Nothing of it.")
    for word in (*words, "PostgreSQL", words[0][0]):
        page = library.ask(word)
        assert lessons(page) == [lesson_id], word
        assert page["did_you_mean"] is None
        (snippet,) = [one["snippet"] for one in page["results"]]
        assert any(word[0] in mark for mark in marked(snippet)), snippet
        if len(word) > 1:
            assert word in marked(snippet), snippet
        # The letters of an excerpt stand as often as in the text.
        told = shown(snippet).rpartition(" — ")[2]
        assert told in " ".join(re.sub("# .*", "", body).split()), told
    assert not library.ask(other)["results"]
    assert not library.ask(f'"{words[0]}{words[1]}"')["results"]
    assert lessons(library.ask(f"{words[0]} PostgreSQL")) == [lesson_id]
    passages = db.rpc("search_passages", course_id=library.course_id, query=words[1])
    assert words[1] in passages[0]["body"]
    assert title in [one["title"] for one in suggest(db, title[:3])]
    assert title in [one["title"] for one in suggest(db, title[:1])]
    db.act("postgres")
    assert db.all("select * from private.search_audit()") == []


def test_d1_a_query_is_divided_where_nothing_matches(db: Session, school: School) -> None:
    """Words that stand together in a query alone are found as two, and the answer says so."""
    library = Library(db, school, locale="zh")
    lesson_id = library.lesson(TEXTS["zh"][1])
    page = library.ask("索引查询")
    assert lessons(page) == [lesson_id]
    assert page["did_you_mean"] == "索引 查询"


def test_d1_words_of_two_scripts(db: Session, school: School) -> None:
    """A Latin word or a number beside letters without blanks is a word, and so is what follows."""
    library = Library(db, school, locale="zh")
    body = "学习3D打印与SQL语言。价格是100元，用C++写。"
    lesson_id = library.lesson(body, title="ＳＱＬ入門")
    library.lesson("SQ 语法", title="Other")
    for word in ("SQL", "sql语言", "SQL 语言", "语言", "3D打印", "100", "100元", "SQL入門"):
        page = library.ask(word)
        assert (lessons(page), page["did_you_mean"]) == ([lesson_id], None), word
        (snippet,) = [one["snippet"] for one in page["results"]]
        assert marked(snippet), snippet
        if word != "SQL入門":
            assert body.replace("，", ",") == shown(snippet).replace("，", ","), snippet
    assert "SQL语言" in marked(library.ask("SQL语言")["results"][0]["snippet"])
    assert not library.ask("SQL -语言")["results"]
    db.act("postgres")
    assert db.all("select * from private.search_audit()") == []


def test_d1_a_phrase_of_several_words(db: Session, school: School) -> None:
    """A phrase between quotes is found across blanks and scripts, and only in its order."""
    library = Library(db, school, locale="zh")
    lesson_id = library.lesson("人工智能 机器学习 使用Python语言。")
    for phrase in ("人工智能 机器学习", "智能 机器", "使用Python", "使用Python语言", "Python语言"):
        assert lessons(library.ask(f'"{phrase}"')) == [lesson_id], phrase
    for phrase in ("机器学习 人工智能", "人工 机器", "Python使用"):
        assert not lessons(library.ask(f'"{phrase}"')), phrase


def test_d1_korean_has_blanks(db: Session, school: School) -> None:
    """Korean words are found from their beginning, whatever particle they have."""
    library = Library(db, school, locale="ko")
    lesson_id = library.lesson("데이터베이스 색인은 검색을 빠르게 한다.")
    for word in ("데이터베이스", unicodedata.normalize("NFD", "데이터베이스"), "색인", "검색 색인"):
        page = library.ask(word)
        assert (lessons(page), page["did_you_mean"]) == ([lesson_id], None)
    assert "검색을" in marked(library.ask("검색")["results"][0]["snippet"])
    assert not library.ask("색인 -검색")["results"]
    assert not library.ask("이터")["results"]


@pytest.mark.parametrize("number", [0, 1])
def test_d1_the_tutor_quotes(db: Session, school: School, locale: str, number: int) -> None:
    """The tutor answers with the sentence, cites it, and the guard lets it through."""
    title, body, _, other, questions, sentences = TEXTS[locale]
    library = Library(db, school, locale=locale)
    library.lesson(body, title=title)
    library.lesson("# A\n\n" + TEXTS["zh" if locale == "ja" else "ja"][1], title="B")
    question = questions[number]

    def turn(question: str) -> Context:
        db.act(user_id=library.learner)
        return Context.model_validate(
            ask(db, course_id=library.course_id, lesson_id=None, question=question, mode="auto")
        )

    found = turn(question)
    planned = plan(question, found, GuardMaterial(), "high")
    assert not abstains(found, planned)
    said = compose(found, planned).text
    assert sentences[number] in said, said
    guard = Guard(GuardMaterial(), planned.on_ids, planned.near_ids, [question], locale)
    citations = Citations(found.passages)
    assert all(guard.check(piece) is None for piece in [said])
    citations.feed(said)
    citations.flush()
    assert any(sentences[number] in one["citedText"] for one in citations.citations)
    absent = turn(other)
    assert abstains(absent, plan(other, absent, GuardMaterial(), "high"))


# One spelling ------------------------------------------------------------------------------------

SPELLINGS = [
    ("Tokyo station", "Tokyo\u00a0station"),
    ("Tokyo station", "Tokyo\u3000station"),
    ("Tokyo station", "\ufeffTo\u200bkyo\u2060 sta\u00adtion\u200e"),
    ("Tokyo station", "Ｔｏｋｙｏ　ｓｔａｔｉｏｎ"),
    ("がっこう", unicodedata.normalize("NFD", "がっこう")),
    ("カタカナ", "ｶﾀｶﾅ"),
    ("한글", unicodedata.normalize("NFD", "한글")),
    ("café", unicodedata.normalize("NFD", "CAFÉ")),
    ("مدرسة", "مَدْرَسَة"),
    ("اسلام", "إسلام"),
    ("كتاب", "کتاب"),
    ("علي", "على"),
    ("שלום", "שָׁלוֹם"),
    ("замок", "за\u0301мок"),
    ("finance", "ﬁnance"),
    ("m2 10", "m² １０"),
    ("strasse", "Straße"),
    ("don't", "don\u2019t"),
    ("don't", "don\u00b4t"),
    ('צה"ל', "צה\u05f4ל"),
    ("תל-אביב", "תל\u05beאביב"),
    ("แม่", "เเม่"),
    ("جامعه", "جامعة"),
]


@pytest.mark.parametrize(("accepted", "given"), SPELLINGS)
def test_d2_an_answer_has_one_spelling(
    db: Session, school: School, accepted: str, given: str
) -> None:
    """A short answer in another spelling of the accepted text is right, in both directions."""
    for key, answer in ((accepted, given), (given, accepted)):
        assert db.act("postgres").value(
            "select private.answer_share('short_text', %s, %s)",
            Jsonb({"accepted": [key]}),
            Jsonb(answer),
        )
    assert not db.value(
        "select private.answer_share('short_text', %s, %s)",
        Jsonb({"accepted": [accepted]}),
        Jsonb(given + "x"),
    )


@pytest.mark.parametrize(
    ("written", "asked"),
    [pair for pair in SPELLINGS if pair[0] not in {"m2 10", "strasse", "don't", "جامعه"}],
)
def test_d2_search_has_one_spelling(db: Session, school: School, written: str, asked: str) -> None:
    """Search and suggestions find a text whichever way it and the query are spelt."""
    for text, query in ((written, asked), (asked, written)):
        library = Library(db, school)
        lesson_id = library.lesson(f"{text}.", title=text)
        assert lessons(library.ask(query)) == [lesson_id]
        assert lesson_id in [one["lesson_id"] for one in suggest(db, query)]


def test_d2_codes_have_one_spelling(db: Session, school: School) -> None:
    """An access code and the code of a certificate may be full-width or have special blanks."""
    library = Library(db, school, enrollment_mode="code", is_published=True)
    db.act(user_id=library.owner)
    db.rpc("create_course_code", course_id=library.course_id, code="Sommer-2030-abcdef")
    learner = school.user()
    db.act(user_id=learner)
    wide = "\u200b" + "".join(chr(ord(one) + 0xFEE0) for one in "Sommer-2030-abcdef") + "\u3000"
    assert call(db, "enroll", course_id=library.course_id, code=wide)["status"] == "active"
    code = str(db.act("postgres").value("select code from public.certificates limit 1"))
    wide = "\ufeff" + "\u2011".join(chr(ord(one) + 0xFEE0) for one in code) + "\u00a0"
    assert db.act("anon").rpc("verify_certificate", code=wide)[0] is not None


def test_d2_digits_have_one_spelling(db: Session, school: School) -> None:
    """The digits of each script are the digits of all."""
    for digits in ("٠١٢٩", "۰۱۲۹", "०१२९", "০১২৯", "๐๑๒๙", "໐໑໒໙", "༠༡༢༩", "၀၁၂၉", "០១២៩", "௦௧௨௯"):
        assert db.act("postgres").value("select private.normalize_text(%s)", digits) == "0129"
    library = Library(db, school, locale="my")
    lesson_id = library.lesson("နှစ် ၁၉၈၄ ခု")
    assert lessons(library.ask("1984")) == [lesson_id]


def test_d2_normalization_keeps_what_differs(db: Session) -> None:
    """Other letters stay other letters, and ASCII is untouched."""
    for text in ("plain <b> \x7f", "が か", "й и", "ß", "क़िला", "ไม้", "naïve", "x\u2212y"):
        composed = unicodedata.normalize("NFC", text)
        assert db.value("select private.normalize_text(%s)", text).replace("क़", "क़") in {
            composed,
            unicodedata.normalize("NFKC", text),
        }
    assert db.value("select private.normalize_text(null)") is None


# Numbers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "right", "wrong"),
    [
        (
            {"value": 9.81, "tolerance": 0.005},
            [9.81, "9,81", "9.81", " +9,81 ", "9,812", "981e-2", "98,1·10^-1", "９，８１"],
            ["9,9", "981", "-9,81", "9,81 km"],
        ),
        (
            {"value": 6.02e23, "tolerance": 0.01, "relative": True},
            [
                "6.02e23",
                "6,02E+23",
                "6,02·10^23",
                "6.02 × 10^23",
                "6,02*10**23",
                "6,02·10²³",
                6.02e23,
            ],
            ["6.02e22", "6,02", "6,02·10^-23"],
        ),
        (
            {"value": 1234567.5},
            ["1 234 567,5", "1\u202f234\u202f567,5", "1,234,567.5", "1.234.567,5", "1'234'567.5"],
            ["1234567", "1.234"],
        ),
        ({"value": 1234}, ["1,234", "1.234", "1 234", "1234", "1234,0"], ["12,34", "1.2340"]),
        (
            {"value": 9.81, "tolerance": 0.01, "unit": "m/s²"},
            ["9,81 m/s²", "9.81m/s^2", "9,81 m/s2", "9,81", 9.81],
            ["9,81 m/s", "9,81 km/s²"],
        ),
        ({"value": -0.5}, ["-0,5", "\u22120.5", "-.5", "-5e-1", -0.5], ["0,5"]),
        ({"value": 20, "unit": "%"}, ["20 %", "20%", "20 ٪", 20], ["20 °C"]),
        # Thousands begin with no 0.
        ({"value": 500}, ["500", "5·10²", "٥٠٠", "၅၀၀"], ["0.500", "0,500"]),
        ({"value": 1}, ["1.000", "1,000", "༡", "১"], ["0.001", "0,001"]),
        ({"value": 12.5}, ["١٢٫٥", "۱۲٫۵", "12٫5"], ["125"]),
        ({"value": 500000}, ["5,00,000", "५,००,०००", "٥٠٠٬٠٠٠"], ["5,00"]),
        ({"value": 1000}, ["10^3", "10³", "10**3"], ["10^4", "-10^3"]),
        ({"value": 5, "unit": "$"}, ["$5", "5 $", "5,00 $"], ["€5", "-$5"]),
        ({"value": 5, "unit": "₹"}, ["₹ 5", "5₹"], ["$5"]),
        # Signs of the unit have one spelling, in the key too.
        ({"value": 5, "unit": "m·s⁻¹"}, ["5 m·s⁻¹", "5 m s^-1", "5 m*s−1"], ["5 m·s"]),
        ({"value": 5, "unit": "٪"}, ["5 %", "5٪", "٥٪"], ["5 ‰"]),
    ],
)
def test_d3_numbers_are_read(
    db: Session, school: School, key: dict[str, Any], right: list[Any], wrong: list[Any]
) -> None:
    """A number in the way that people write it earns the points; another number does not."""
    exam = make_exam(school)
    question_id = call(
        exam.staff(),
        "save_question",
        **{"lesson_id": exam.lesson_id, "kind": "numeric", "prompt_md": "How much?", "points": 1},
        **{"options": Jsonb([]), "key": Jsonb(key)},
    )["id"]
    attempt = call(exam.student(), "start_attempt", lesson_id=exam.lesson_id)
    for answer, points in [(one, 1) for one in right] + [(one, 0) for one in wrong]:
        exam.student().rpc(
            "save_answer", attempt_id=attempt["id"], question_id=question_id, answer=Jsonb(answer)
        )
        share = db.act("postgres").value(
            "select private.answer_share('numeric', %s, %s)", Jsonb(key), Jsonb(answer)
        )
        assert share == points, answer
    exam.submit(attempt["id"])
    assert exam.review(attempt["id"])["items"][0]["answer"] == wrong[-1]


@pytest.mark.parametrize(
    "answer",
    [
        *("", "NaN", "Infinity", "abc", "1/2", "½", "1e999", "--1", "1,2,3", "9" * 101),
        # A raised or lowered figure is no digit: 5² is not 52.
        *("5²", "2³", "³", "5₂", "12,5²"),
    ],
)
def test_d3_what_is_no_number_is_refused(db: Session, school: School, answer: str) -> None:
    """A text that is no number is an invalid answer, not a wrong one."""
    exam = make_exam(school)
    question_id = call(
        exam.staff(),
        "save_question",
        **{"lesson_id": exam.lesson_id, "kind": "numeric", "prompt_md": "How much?", "points": 1},
        **{"options": Jsonb([]), "key": Jsonb({"value": 1})},
    )["id"]
    attempt = call(exam.student(), "start_attempt", lesson_id=exam.lesson_id)
    refuse(
        exam.student(),
        "save_answer",
        "invalid_answer",
        **{"attempt_id": attempt["id"], "question_id": question_id, "answer": Jsonb(answer)},
    )


@pytest.mark.parametrize(
    ("value", "is_taken"), [(1e120, False), (-1e110, False), (1e99, True), (1e-60, True), (0, True)]
)
def test_d3_a_key_is_an_answer(db: Session, school: School, value: float, is_taken: bool) -> None:
    """A key that no answer may have is refused; the value of any other key is a right answer."""
    exam = make_exam(school)
    given = {
        **{"lesson_id": exam.lesson_id, "kind": "numeric", "prompt_md": "How much?", "points": 1},
        **{"options": Jsonb([]), "key": Jsonb({"value": value})},
    }
    if not is_taken:
        refuse(exam.staff(), "save_question", "invalid_question", **given)
        return
    question_id = call(exam.staff(), "save_question", **given)["id"]
    attempt = call(exam.student(), "start_attempt", lesson_id=exam.lesson_id)
    exam.student().rpc(
        "save_answer", attempt_id=attempt["id"], question_id=question_id, answer=Jsonb(value)
    )
    assert db.act("postgres").value(
        "select private.answer_share('numeric', %s, %s)",
        Jsonb({"value": value}),
        Jsonb(value),
    )


# Stop words, prefixes, corrections ---------------------------------------------------------------


def test_d8_stop_words_are_not_corrected(db: Session, school: School) -> None:
    """A query of stop words of any language matches nothing and is not corrected."""
    library = Library(db, school)
    library.lesson("A tag, a den, a dye and an oder.", title="Tag and tie")
    german = Library(db, school, locale="de")
    german.lesson("Ein Tag.", title="Tee und Tag")
    for query in ("the", "The", "and the", "der", "und", "die"):
        db.act("anon")
        page = search(db, query, course_id=library.course_id)
        assert (page["results"], page["did_you_mean"]) == ([], None), query
    assert library.ask("tga")["did_you_mean"] == "tag"


def test_d8_a_prefix_is_completed(db: Session, school: School) -> None:
    """While suggest offers a title, its word is meant, and not a shorter one."""
    library = Library(db, school)
    number_id = library.lesson("An int has four bytes; and a bin.", title="Types")
    lesson_id = library.lesson("How it grows.", title="Quindex of a table")
    assert lesson_id in [one["lesson_id"] for one in suggest(db, "quin")]
    for prefix in ("quin", "quinde"):
        page = library.ask(prefix)
        assert (lessons(page), page["did_you_mean"]) == ([lesson_id], "quindex")
    page = library.ask("itn")
    assert (lessons(page), page["did_you_mean"]) == ([number_id], "int")


def test_b12_words_of_locked_lessons_are_no_candidates(db: Session, school: School) -> None:
    """The words that a typo is compared with are those that the caller may read."""
    library = Library(db, school)
    library.lesson("The zephquoria is locked to visitors.", title="Plain")
    public_id = library.lesson("The muxiwendel is a preview.", title="Seen", is_preview=True)

    def candidates(word: str, *course_ids: Any) -> list[str]:
        db.act("postgres")
        rows = db.all(
            "select w from private.similar_words(%s, array[private.everyone()] || %s::uuid[]) as w",
            word,
            list(course_ids),
        )
        return [row["w"] for row in rows]

    assert candidates("zephquorja") == []
    assert candidates("zephquorja", uuid4()) == []
    assert candidates("zephquorja", library.course_id) == ["zephquoria"]
    assert candidates("muxiwendle") == ["muxiwendel"]
    db.act("anon")
    assert search(db, "zephquorja")["did_you_mean"] is None
    assert search(db, "muxiwendle")["did_you_mean"] == "muxiwendel"
    assert lessons(search(db, "muxiwendle")) == [public_id]
    assert library.ask("zephquorja")["did_you_mean"] == "zephquoria"


def test_b12_a_word_is_public_when_its_lesson_is(db: Session, school: School) -> None:
    """What is published, or becomes a preview, is a candidate for everybody from then on."""
    library = Library(db, school, is_published=False)
    lesson_id = library.lesson("The zephquoria.", title="Muxiwendel")

    def found(word: str) -> Any:
        db.act("anon")
        return search(db, word)["did_you_mean"]

    assert (found("zephquorja"), found("muxiwendle")) == (None, None)
    library.sql("update public.courses set is_published = true where id = %s", library.course_id)
    assert (found("zephquorja"), found("muxiwendle")) == (None, "muxiwendel")
    library.sql("update public.lessons set is_preview = true where id = %s", lesson_id)
    assert found("zephquorja") == "zephquoria"
