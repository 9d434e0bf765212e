"""Parsing of rosters, and the result of each row."""

import json
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.core.errors import ServiceError
from app.services.roster import MAX_ROWS, RosterRow, parse_roster
from tests.api.support import Upstream, assert_problem, bearer, hs256

JSON = "application/json"
CSV = "text/csv"


def _emails(rows: list[RosterRow]) -> list[str | None]:
    return [row.email for row in rows]


@pytest.mark.parametrize(
    "text",
    [
        "email\na@x.test\nb@x.test\n",
        "email\r\na@x.test\r\nb@x.test",
        "\ufeffemail\na@x.test\nb@x.test\n",
        "\n\nemail\n\na@x.test\n  \n,\nb@x.test\n\n",
        "EMAIL , name\n a@x.test ,A\nb@x.test,B\n",
        'name,"email"\n"Adams, Ada","a@x.test"\n"B ""Bob""","b@x.test"\n',
        "name;email\nA;a@x.test\nB;b@x.test\n",
        "name\temail\nA\ta@x.test\nB\tb@x.test\n",
        "email,name\na@x.test\nb@x.test,B,,\n",
    ],
)
@pytest.mark.parametrize(
    "content_type", [CSV, "Text/CSV; charset=UTF-8", 'text/csv;charset="utf-8"']
)
def test_csv(text: str, content_type: str) -> None:
    """CSV files of common spreadsheets are accepted."""
    rows = parse_roster(content_type, text.encode())
    assert _emails(rows) == ["a@x.test", "b@x.test"]
    assert all(row.problem is None for row in rows)


@pytest.mark.parametrize(
    "body",
    [
        [{"email": "a@x.test"}, {"email": "b@x.test"}],
        {"learners": [{"email": " a@x.test "}, {"email": "b@x.test", "name": "B"}]},
    ],
)
def test_json(body: Any) -> None:
    """A list is accepted, and an object around a list."""
    assert _emails(parse_roster(JSON, json.dumps(body).encode())) == ["a@x.test", "b@x.test"]


@pytest.mark.parametrize(
    "name",
    [
        *(
            "Email",
            "E-Mail",
            "e-mail",
            "E\u2011Mail",
            "Email Address",
            "E-mail address",
            "EMAIL_ADDRESS",
        ),
        *("E-Mail-Adresse", "emailAddress", " email ", "\uff25mail", "Mail", "Email\xa0address"),
        *("Email Address [Required]", "Adresse e-mail", "Correo electrónico", "メールアドレス"),
    ],
)
def test_d12_headers_as_they_are_written(name: str) -> None:
    """Case, blanks, hyphens and underscores of a column or key do not matter."""
    for content_type, body in (
        (CSV, f"Name,{name}\nA,a@x.test\n"),
        (JSON, json.dumps([{"Name": "A", name: "a@x.test"}])),
    ):
        [row] = parse_roster(content_type, body.encode())
        assert (row.email, row.problem) == ("a@x.test", None)


@pytest.mark.parametrize("name", ["User ID", "user-id", "userId", "USER_ID"])
def test_d12_user_ids_as_they_are_written(name: str) -> None:
    """The same holds for the id."""
    user = uuid4()
    for content_type, body in (
        (CSV, f"{name}\n{user}\n"),
        (JSON, json.dumps([{name: str(user)}])),
    ):
        [row] = parse_roster(content_type, body.encode())
        assert row.user_id == user


def test_d12_two_names_of_one_column() -> None:
    """Two columns that are the same are refused; two keys only where their values differ."""
    with pytest.raises(ServiceError):
        parse_roster(CSV, b"email,E-Mail\na@x.test,b@x.test\n")
    body = [
        {"email": "a@x.test", "E-Mail": "b@x.test"},
        {"email": "a@x.test", "E-Mail": "a@x.test"},
        {"email": "", "E-Mail": "a@x.test"},
    ]
    rows = parse_roster(JSON, json.dumps(body).encode())
    assert [row.problem and row.problem[0] for row in rows] == ["invalid_row", None, None]


def test_user_ids() -> None:
    """A user id takes precedence over an address, in both formats."""
    user = uuid4()
    for content_type, body in (
        (JSON, json.dumps([{"user_id": str(user), "email": "a@x.test"}])),
        (CSV, f"user_id,email\n{user},a@x.test\n"),
    ):
        [row] = parse_roster(content_type, body.encode())
        assert (row.user_id, row.learner()) == (user, {"user_id": str(user)})


@pytest.mark.parametrize(
    ("item", "code"),
    [
        ({"email": "nobody"}, "invalid_email"),
        ({"email": "a@b"}, "invalid_email"),
        ({"email": "a b@x.test"}, "invalid_email"),
        ({"email": "a@x..test"}, "invalid_email"),
        ({"email": "a@@x.test"}, "invalid_email"),
        ({"email": "a\u0000@x.test"}, "invalid_email"),
        ({"email": "a\ud800@x.test"}, "invalid_email"),
        ({"email": "a@x.test\nb@x.test"}, "invalid_email"),
        ({"email": "a@" + "x" * 300 + ".test"}, "invalid_email"),
        ({"email": 7}, "invalid_email"),
        ({"email": ["a@x.test"]}, "invalid_email"),
        ({"user_id": "7"}, "invalid_user_id"),
        ({"user_id": 7}, "invalid_user_id"),
        ({"email": ""}, "invalid_row"),
        ({}, "invalid_row"),
        ("a@x.test", "invalid_row"),
        (None, "invalid_row"),
        ([], "invalid_row"),
    ],
)
def test_a_bad_row_is_kept_with_its_reason(item: Any, code: str) -> None:
    """An invalid row has a reason, does not refuse the others, and can be encoded."""
    good = {"email": "a@x.test"}
    rows = parse_roster(JSON, json.dumps([good, item, good]).encode())
    assert [row.problem and row.problem[0] for row in rows] == [None, code, None]
    assert len((rows[1].email or "").encode()) <= 1016


def test_more_cells_than_columns() -> None:
    """A line with more cells than the header is an error, so no second address is lost."""
    rows = parse_roster(CSV, b"email\na@x.test,b@x.test\nc@x.test\n")
    assert [row.problem and row.problem[0] for row in rows] == ["invalid_row", None]


@pytest.mark.parametrize(
    ("content_type", "body", "code"),
    [
        ("", b"[]", "unsupported_media_type"),
        ("text/plain", b"email\na@x.test", "unsupported_media_type"),
        ("multipart/form-data; boundary=x", b"", "unsupported_media_type"),
        (JSON, b"", "bad_json"),
        (JSON, b"{", "bad_json"),
        (JSON, b"\xff", "bad_json"),
        (JSON, b"[" * 50_000, "bad_json"),
        (JSON, b"9" * 5000, "bad_json"),
        (JSON, b"7", "validation_failed"),
        (JSON, b"{}", "validation_failed"),
        (JSON, b'{"learners": {}}', "validation_failed"),
        (JSON, b"[]", "roster_empty"),
        (CSV, b"", "roster_empty"),
        (CSV, b"email\n\n", "roster_empty"),
        (CSV, b"name\nA\n", "invalid_csv"),
        (CSV, b"a@x.test\n", "invalid_csv"),
        (CSV, b"email,Email\na@x.test,b@x.test\n", "invalid_csv"),
        (CSV, b'email\n"a@x.test\nb@x.test\n', "invalid_csv"),
        (CSV, b'email\n"a"b@x.test\n', "invalid_csv"),
        (CSV, b"email\n" + b"x" * 140_000, "invalid_csv"),
        (CSV, "email\nä@x.test\n".encode("latin-1"), "invalid_csv"),
        (CSV, "email\na@x.test\n".encode("utf-16"), "invalid_csv"),
        ("text/csv; charset=latin-1", b"email\na@x.test\n", "invalid_csv"),
        (JSON, json.dumps([{"email": "a@x.test"}] * 501).encode(), "roster_too_large"),
        (CSV, b"email\n" + b"a@x.test\n" * 501, "roster_too_large"),
    ],
)
def test_a_roster_that_makes_no_sense(content_type: str, body: bytes, code: str) -> None:
    """An invalid document is refused with the reason."""
    with pytest.raises(ServiceError) as caught:
        parse_roster(content_type, body)
    assert caught.value.code == code


def test_the_largest_roster() -> None:
    """A roster of 500 rows is accepted."""
    assert len(parse_roster(CSV, b"email\n" + b"a@x.test\n" * 500)) == 500


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.uuids().map(str),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["email", "user_id", "learners", "x"]), inner, max_size=3)
    ),
    max_leaves=12,
)
_json = _values.map(lambda value: json.dumps(value).encode())
_csv = st.lists(st.text(alphabet='email,user_id;@."\n\r\tax\x00\ufeff ', max_size=30)).map(
    lambda lines: "\n".join(["email", *lines]).encode()
)


@given(
    content_type=st.sampled_from([JSON, CSV, "text/csv; charset=utf-8", ""]) | st.text(max_size=20),
    body=_json | _csv | st.binary(max_size=200),
)
@example(content_type=CSV, body=b"email\n\x00@x.test\n")
def test_any_bytes_give_rows_or_a_code(content_type: str, body: bytes) -> None:
    """Any input gives rows or an error code, and every row can be encoded."""
    try:
        rows = parse_roster(content_type, body)
    except ServiceError as error:
        assert error.code
        return
    assert 1 <= len(rows) <= MAX_ROWS
    for row in rows:
        (row.email or "").encode()
        if row.problem is None:
            json.dumps(row.learner())


# The endpoint ------------------------------------------------------------------------------------


def _answer(number: int, status: str, **more: Any) -> dict[str, Any]:
    blank = {"email": None, "user_id": None, "enrollment_id": None, "code": None, "detail": None}
    return blank | {"number": number, "status": status} | more


async def test_every_row_has_its_result(
    client: httpx.AsyncClient, upstream: Upstream, course_id: UUID
) -> None:
    """The usable rows are one call as the caller, and every row has its result."""
    user, enrollment = str(uuid4()), str(uuid4())
    token = hs256()
    upstream.rpc(
        "enroll_roster",
        200,
        [
            _answer(1, "enrolled", email="ada@x.test", user_id=user, enrollment_id=enrollment),
            _answer(2, "already", email="ada@x.test", user_id=user, enrollment_id=enrollment),
            _answer(3, "waitlisted", user_id=user, enrollment_id=enrollment),
            _answer(4, "failed", code="user_not_found", detail="No account."),
            _answer(5, "failed", code="prerequisite_missing", detail="First the other one."),
            _answer(6, "invited", email="z@x.test"),
        ],
    )
    text = (
        "email\nAda@x.test\nbad\nada@x.test\nbob@x.test\nx@x.test\ny@x.test\nz@x.test\nq@x.test\n"
    )
    response = await client.post(
        f"/v1/courses/{course_id}/enrollments",
        content=text,
        headers=bearer(token) | {"Content-Type": CSV},
    )
    assert response.status_code == 207
    body = response.json()
    assert [
        (r["row"], r["email"], r["status"], r["http_status"], r["code"]) for r in body["results"]
    ] == [
        (1, "ada@x.test", "enrolled", 201, None),
        (2, "bad", "failed", 422, "invalid_email"),
        (3, "ada@x.test", "already", 200, None),
        (4, "bob@x.test", "waitlisted", 202, None),
        (5, "x@x.test", "failed", 404, "user_not_found"),
        (6, "y@x.test", "failed", 409, "prerequisite_missing"),
        (7, "z@x.test", "invited", 202, None),
        (8, "q@x.test", "failed", 502, "upstream_error"),
    ]
    assert body["results"][0]["user_id"] == user
    assert body["results"][0]["enrollment_id"] == enrollment
    assert body["summary"] == {
        "total": 8,
        "enrolled": 1,
        "already": 1,
        "waitlisted": 1,
        "invited": 1,
        "withdrawn": 0,
        "failed": 4,
    }
    [request] = upstream.requests
    assert request.headers["authorization"] == f"Bearer {token}"
    sent = json.loads(request.content)
    assert sent["course_id"] == str(course_id)
    assert sent["learners"][0] == {"email": "Ada@x.test"}
    assert len(sent["learners"]) == 7


async def test_the_database_decides_who_may(
    client: httpx.AsyncClient, upstream: Upstream, course_id: UUID
) -> None:
    """The database checks the caller even without a usable row, so a stranger learns nothing."""
    upstream.fail("enroll_roster", 403, "not_course_staff", "Staff only.")
    for roster in ([{"email": "a@x.test"}], [{"email": "bad"}]):
        response = await client.post(
            f"/v1/courses/{course_id}/enrollments", json=roster, headers=bearer(hs256())
        )
        assert_problem(response, 403, "not_course_staff")


async def test_no_usable_row(
    client: httpx.AsyncClient, upstream: Upstream, course_id: UUID
) -> None:
    """The database refuses an empty roster, and the caller still gets a result for each row."""
    upstream.fail("enroll_roster", 422, "invalid_roster", "A roster names people.")
    response = await client.post(
        f"/v1/courses/{course_id}/enrollments",
        content=json.dumps({"learners": [{"email": "bad"}, {"email": "\ud800"}]}),
        headers=bearer(hs256()) | {"Content-Type": JSON},
    )
    assert response.status_code == 207
    assert [result["code"] for result in response.json()["results"]] == ["invalid_email"] * 2


@pytest.mark.parametrize(
    "garbage", [{}, [1], [{"number": 1}], [{"number": 1, "status": "perhaps"}]]
)
async def test_an_answer_that_makes_no_sense(
    client: httpx.AsyncClient, upstream: Upstream, course_id: UUID, garbage: Any
) -> None:
    """An answer with an unexpected shape is an error; the service guesses no result."""
    upstream.rpc("enroll_roster", 200, garbage)
    response = await client.post(
        f"/v1/courses/{course_id}/enrollments",
        json=[{"email": "a@x.test"}],
        headers=bearer(hs256()),
    )
    assert_problem(response, 502, "upstream_error")


async def test_a_roster_that_is_refused(
    client: httpx.AsyncClient, upstream: Upstream, course_id: UUID
) -> None:
    """The codes of the parser have their status."""
    for body, content_type, status, code in (
        (b"{", JSON, 400, "bad_json"),
        (b"x", "text/plain", 415, "unsupported_media_type"),
        (b"name\nA\n", CSV, 422, "invalid_csv"),
        (b"email\n" + b"a@x.test\n" * 501, CSV, 422, "roster_too_large"),
    ):
        response = await client.post(
            f"/v1/courses/{course_id}/enrollments",
            content=body,
            headers=bearer(hs256()) | {"Content-Type": content_type},
        )
        assert_problem(response, status, code)
    assert upstream.requests == []
