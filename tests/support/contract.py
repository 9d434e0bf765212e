"""Validates the answers of functions against the shapes of the contract."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, wraps
from typing import Any, Final, get_origin
from unittest import mock

import httpx
from pydantic import TypeAdapter, ValidationError

from app.models.errors import ERRORS
from app.models.rpc.registry import ANSWERS, COLUMNS, DETAILS, ROWS
from app.models.rpc.stream import TutorStreamPart

_SHAPES: Final = {
    "answers": ANSWERS,
    "columns": COLUMNS,
    "details": DETAILS,
    "stream": {"part": TutorStreamPart},
}


@cache
def adapter(group: str, *names: str) -> TypeAdapter[Any]:
    """The validator of one shape of the registry; cached, since building one takes milliseconds."""
    shape: Any = _SHAPES[group]
    for name in names:
        shape = shape[name]
    return TypeAdapter(shape)


def _validate(text: str | bytes, group: str, *names: str) -> None:
    try:
        adapter(group, *names).validate_json(text, strict=True)
    except ValidationError as error:
        # Not chained: pytest would report the ValidationError with the whole input.
        raise AssertionError(f"{'.'.join(names)} is not of its shape: {error}") from None


def is_checked(function: str) -> bool:
    """Whether the contract says more about the answers of this function than their columns."""
    return function in ANSWERS or function in ROWS


def check_answer(function: str, text: str | bytes) -> None:
    """Fail unless the text is a valid answer of the function, as PostgREST writes it."""
    if function in ROWS:
        _check_rows(ROWS[function], json.loads(text))
    else:
        _validate(text, "answers", function)


def check_result(function: str, rows: list[str]) -> None:
    """Validate the rows of `select * from function()`, each as the text of its JSON."""
    if function in ROWS or _is_list(function):
        # A function that returns jsonb has one row, whose value may itself be an array.
        listed = len(rows) == 1 and rows[0].startswith("[")
        check_answer(function, rows[0] if listed else f"[{','.join(rows)}]")
    else:
        (text,) = rows
        check_answer(function, text)


def _is_list(function: str) -> bool:
    return get_origin(ANSWERS[function]) is list


def _check_rows(table: str, rows: Any) -> None:
    for row in rows if isinstance(rows, list) else [rows]:
        for column in COLUMNS[table].keys() & row.keys():
            _validate(json.dumps(row[column]), "columns", table, column)


def check_details(code: str, details: Any) -> None:
    """Fail unless the decoded details of an error with this code have the declared shape."""
    if code in DETAILS:
        _validate(json.dumps(details), "details", code)
    elif code in ERRORS:
        assert details is None, f"{code} has details without a shape: {details}"


def check_part(text: str) -> None:
    """Fail unless a frame of the tutor's stream is one of its declared parts."""
    _validate(text, "stream", "part")


def _check_response(response: httpx.Response) -> None:
    """Check an answer of PostgREST, direct or through the gateway."""
    *_, kind, name = ["", "", *response.url.path.split("/")]
    is_json = "json" in response.headers.get("content-type", "")
    # select chooses and renames columns; limit=0 turns an object into null.
    is_part = not {"select", "limit"}.isdisjoint(response.url.params)
    if not response.is_success or not is_json or is_part:
        return
    text = response.content
    if kind == "rpc" and is_checked(name):
        # A client may request a single row.
        is_row = name in ANSWERS and _is_list(name) and text.startswith(b"{")
        check_answer(name, b"[" + text + b"]" if is_row else text)
    elif name in COLUMNS and text:
        _check_rows(name, json.loads(text))


@contextmanager
def checked_responses() -> Iterator[None]:
    """Check every answer that an HTTP client of this process gets from PostgREST inside the block.

    Answers of mocks are not checked.
    """
    send, asend = httpx.Client.send, httpx.AsyncClient.send

    def is_ours(response: httpx.Response) -> bool:
        return response.is_closed and response.url.host == "127.0.0.1"

    @wraps(send)
    def checked(*args: Any, **kwargs: Any) -> httpx.Response:
        response = send(*args, **kwargs)
        if is_ours(response):
            _check_response(response)
        return response

    @wraps(asend)
    async def achecked(*args: Any, **kwargs: Any) -> httpx.Response:
        response = await asend(*args, **kwargs)
        if is_ours(response):
            _check_response(response)
        return response

    with (
        mock.patch.object(httpx.Client, "send", checked),
        mock.patch.object(httpx.AsyncClient, "send", achecked),
    ):
        yield
