"""A fake of Stripe on loopback: the two calls that the service makes, and signed events.

Forms follow the documented objects of Checkout Sessions, Invoices, Charges, Disputes and
InvoicePayments, and the scheme `v1` of webhook signatures.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID, uuid4

import httpx

KEY = "sk_test_of_the_suite"
SECRET = "whsec_of_the_suite"


class FakeStripe:
    """Records the sessions that were opened; `invoices` maps a PaymentIntent to its invoice.

    The page of a session, `/pay/cs_test_1`, leads to `…/done`, which reports the payment to the
    service and goes back to the shop; `…/refund` reports a refund in full.
    """

    def __init__(self) -> None:
        self.url = ""
        self.service_url = ""
        self.sessions: list[dict[str, str]] = []
        self.invoices: dict[str, str] = {}
        self.is_down = False

    def settings(self) -> list[str]:
        """Options of `up.mjs --ephemeral` for a service that takes payments here."""
        named = {"URL": self.url, "SECRET_KEY": KEY, "WEBHOOK_SECRET": SECRET}
        return [f"--set=STRIPE_{name}={value}" for name, value in named.items()]

    def page(self, path: str) -> tuple[int, dict[str, str], bytes]:
        """The status, headers and body of a page of a session."""
        _, _, number, *act = path.split("/")
        form = self.sessions[int(number.removeprefix("cs_test_")) - 1]
        if not act:
            html = f'<!doctype html><link rel="icon" href="data:,"><a href="{path}/done">Pay</a>'
            return 200, {"Content-Type": "text/html"}, html.encode()
        amount = int(form["line_items[0][price_data][unit_amount]"])
        intent = f"pi_{number}"
        if act == ["refund"]:
            charge = {"refunded": True, "amount_refunded": amount, "payment_intent": intent}
            self.report("charge.refunded", charge)
            return 200, {"Content-Type": "text/plain"}, b"refunded"
        user_id, offer_id = form["metadata[user_id]"], form["metadata[offer_id]"]
        self.report(
            "checkout.session.completed", session(user_id, offer_id, intent, amount_total=amount)
        )
        return 303, {"Location": form["success_url"]}, b""

    def report(self, kind: str, thing: dict[str, Any]) -> None:
        """Send an event to the service."""
        body, headers = signed(kind, thing)
        answer = httpx.post(f"{self.service_url}/v1/payments/stripe", content=body, headers=headers)
        assert answer.json() == {"orders": 1}, answer.text


@contextmanager
def fake_stripe(port: int = 0) -> Iterator[FakeStripe]:
    """Serve a fake until the end of the block."""
    fake = FakeStripe()

    class Handler(BaseHTTPRequestHandler):
        def answer(self, status: int, body: Any) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            form = dict(parse_qsl(self.rfile.read(length).decode()))
            if fake.is_down or self.headers["Authorization"] != f"Bearer {KEY}":
                return self.answer(400, {"error": {"type": "invalid_request_error"}})
            fake.sessions.append(form)
            number = f"cs_test_{len(fake.sessions)}"
            session = {"id": number, "object": "checkout.session"}
            return self.answer(200, session | {"url": f"{fake.url}/pay/{number}"})

        def do_GET(self) -> None:
            if self.path.startswith("/pay/"):
                status, headers, body = fake.page(self.path)
                self.send_response(status)
                for name, value in (headers | {"Content-Length": str(len(body))}).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)
                return None
            query = dict(parse_qsl(urlsplit(self.path).query))
            if fake.is_down:
                return self.answer(400, {"error": {"type": "invalid_request_error"}})
            invoice = fake.invoices.get(query["payment[payment_intent]"])
            data = [{"id": "inpay_1", "object": "invoice_payment", "invoice": invoice}]
            return self.answer(
                200,
                {"object": "list", "has_more": False, "url": "", "data": data if invoice else []},
            )

        def log_message(self, *_: Any) -> None:
            """Nothing: the tests print what fails."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    fake.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def signed(
    kind: str, thing: dict[str, Any], *, created: int | None = None, secret: str = SECRET
) -> tuple[bytes, dict[str, str]]:
    """The body and headers of an event about an object."""
    now = int(time.time())
    event = {
        **{"id": f"evt_{uuid4().hex}", "object": "event", "api_version": "2026-10-28.endive"},
        **{"type": kind, "created": created or now, "livemode": False, "data": {"object": thing}},
    }
    body = json.dumps(event).encode()
    mark = hmac.new(secret.encode(), f"{now}.".encode() + body, hashlib.sha256).hexdigest()
    return body, {"Stripe-Signature": f"t={now},v1={mark}", "Content-Type": "application/json"}


def session(user_id: UUID | str, offer_id: UUID | str, intent: str, **more: Any) -> dict[str, Any]:
    """A completed Checkout session of a single payment."""
    return {
        **{"id": f"cs_{intent}", "object": "checkout.session", "mode": "payment"},
        **{"payment_status": "paid", "payment_intent": intent, "amount_total": 4900},
        **{"currency": "eur", "metadata": {"user_id": str(user_id), "offer_id": str(offer_id)}},
        **more,
    }


def invoice(
    user_id: UUID | str, offer_id: UUID | str, number: str, ends: int, **more: Any
) -> dict[str, Any]:
    """A paid invoice of a subscription."""
    metadata = {"user_id": str(user_id), "offer_id": str(offer_id)}
    details = {"subscription": "sub_1", "metadata": metadata}
    return {
        **{"id": number, "object": "invoice", "amount_paid": 900, "currency": "eur"},
        "parent": {"type": "subscription_details", "subscription_details": details},
        "lines": {"object": "list", "data": [{"period": {"start": ends - 100, "end": ends}}]},
        **more,
    }
