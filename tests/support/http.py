"""Plain HTTP requests as a demo account."""

from __future__ import annotations

import httpx

from tests.support.stack import Stack


def token(stack: Stack, email: str) -> str:
    """The access token of a demo account."""
    answer = httpx.post(
        f"{stack.supabase_url}/auth/v1/token?grant_type=password",
        headers={"apikey": stack.publishable_key},
        json={"email": email, "password": "lyceum-demo"},
    )
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])


def service(stack: Stack, email: str | None = None) -> httpx.Client:
    """A client of the service, as a demo account or signed out; the caller closes it."""
    headers = {"Authorization": f"Bearer {token(stack, email)}"} if email else {}
    return httpx.Client(base_url=stack.service_url, headers=headers)
