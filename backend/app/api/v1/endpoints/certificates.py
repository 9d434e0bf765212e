"""Certificates as documents and as credentials; the code is the only thing a reader needs.

The facts come from the function `verify_certificate`, called as the caller or as anon.
"""

import hashlib
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any

import anyio.to_thread
from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import JSONResponse
from fpdf import FPDF_VERSION
from pydantic import ValidationError

from app import __version__
from app.api.v1 import PREFIX
from app.api.v1.deps import StateDep, SupabaseDep
from app.core.errors import ServiceError
from app.core.supabase import Supabase
from app.schemas.certificates import (
    CertificateFacts,
    PublicKey,
    PublicKeys,
    RevocationList,
    document,
)
from app.schemas.problem import problems
from app.services.certificates import credential as badge
from app.services.certificates import pdf, svg
from app.services.certificates.layout import Page, lay_out
from app.state import State

router = APIRouter(prefix=PREFIX + "/certificates", tags=["certificates"])

Code = Annotated[
    str,
    Path(
        pattern=r"^[0-9A-Za-z](-?[0-9A-Za-z]){19}$",
        description="20 characters, as printed on the certificate; hyphens and case do not matter",
        examples=["7K2M9QX4T0BVHJ3ENDRS"],
    ),
]

_STATUSES = (401, 404, 422, 503)
# A token is accepted but not required.
_ANYONE: dict[str, Any] = {"security": [{}]}
_UNCHANGED: dict[int | str, dict[str, Any]] = {
    304: {"description": "The copy that `If-None-Match` names is current"}
}


@router.get("/keys", responses=problems())
async def certificate_keys(state: StateDep, response: Response) -> PublicKeys:
    """The public keys that verify credentials; none when there is no signing key."""
    response.headers["Cache-Control"] = "public, max-age=300"
    key = state.settings.signing_key
    return PublicKeys(keys=[state.issuer.published(key)] if key else [])


@router.get("/keys/{thumbprint}", responses=problems(404))
async def certificate_key(thumbprint: str, state: StateDep, response: Response) -> PublicKey:
    """One public key, at the address that the `kid` of a credential names."""
    key = state.settings.signing_key
    if key is None or key.thumbprint != thumbprint:
        raise ServiceError("not_found")
    response.headers["Cache-Control"] = "public, max-age=300"
    return state.issuer.published(key)


@router.get(
    "/statuses/{number}",
    response_class=Response,
    responses={
        200: {
            "description": "The list, signed; JSON without a signature where `Accept` asks for it",
            "content": {
                badge.STATUSES_TYPE: {"schema": {"type": "string"}},
                badge.STATUSES_JSON_TYPE: {"schema": {"type": "object"}},
            },
        },
        **problems(404, 422, 503),
    },
)
async def certificate_statuses(
    number: Annotated[int, Path(ge=0, le=1_000_000)], request: Request, state: StateDep
) -> Response:
    """A Bitstring status list of revocations, as `credentialStatus` of a credential names it."""
    key = state.settings.signing_key
    if key is None:
        raise ServiceError("credentials_not_configured", "The service has no signing key.")
    reply = await Supabase(state.http, state.settings, None).rpc(
        "revoked_certificates", list=number
    )
    if not isinstance(reply.data, list):
        raise ServiceError("upstream_error")
    statuses = state.issuer.statuses(number, reply.data, datetime.now(UTC))
    headers = {"Cache-Control": "public, max-age=60", "Vary": "Accept"}
    accepted = request.headers.get("accept", "")
    if re.search(r"\bapplication/(vc|json|[\w.+-]*\+json)\b(?!\+)", accepted):
        return JSONResponse(statuses, headers=headers, media_type=badge.STATUSES_JSON_TYPE)
    content = state.issuer.sign_statuses(statuses, key)
    return Response(content, headers=headers, media_type=badge.STATUSES_TYPE)


async def certificate_pdf(
    code: Code, request: Request, state: StateDep, supabase: SupabaseDep
) -> Response:
    """The certificate as an A4 page to print. A revoked certificate is marked across the page."""
    facts = await _facts(supabase, code)
    fonts = state.settings.certificate_fonts
    return await _drawn(
        request, state, facts, pdf.MEDIA_TYPE, lambda page: pdf.draw_pdf(page, fonts)
    )


async def certificate_svg(
    code: Code, request: Request, state: StateDep, supabase: SupabaseDep
) -> Response:
    """The certificate as an SVG image. A revoked certificate is marked across the page."""
    facts = await _facts(supabase, code)
    return await _drawn(request, state, facts, svg.MEDIA_TYPE, svg.draw_svg)


async def certificate_credential(code: Code, state: StateDep, supabase: SupabaseDep) -> Response:
    """The certificate as an Open Badges 3.0 credential: a compact JWS.

    The header `kid` is the URL of the public key; all public keys are at `/v1/certificates/keys`.
    """
    key = state.settings.signing_key
    if key is None:
        raise ServiceError("credentials_not_configured", "The service has no signing key.")
    facts = await _facts(supabase, code)
    if not facts.valid:
        raise ServiceError("certificate_revoked", "No credential is issued for it any more.")
    content = state.issuer.sign(facts, key)
    return Response(content, headers=_headers(facts, "jwt"), media_type=badge.MEDIA_TYPE)


@router.get("/{code}/revocations", responses=problems(*_STATUSES), openapi_extra=_ANYONE)
async def certificate_revocations(
    code: Code, state: StateDep, supabase: SupabaseDep, response: Response
) -> RevocationList:
    """The revocation list of this certificate, at the address in `credentialStatus`."""
    response.headers["Cache-Control"] = "no-store"
    return state.issuer.revocations(await _facts(supabase, code))


for _path, _endpoint, _answers in (
    (
        "/{code}.pdf",
        certificate_pdf,
        _UNCHANGED | document(pdf.MEDIA_TYPE, "The certificate", *_STATUSES),
    ),
    (
        "/{code}.svg",
        certificate_svg,
        _UNCHANGED | document(svg.MEDIA_TYPE, "The certificate", *_STATUSES),
    ),
    (
        "/{code}/credential",
        certificate_credential,
        document(badge.MEDIA_TYPE, "The credential, signed", *_STATUSES, 410),
    ),
):
    router.add_api_route(
        _path,
        _endpoint,
        methods=["GET"],
        response_class=Response,
        responses=_answers,
        openapi_extra=_ANYONE,
    )


async def _facts(supabase: Supabase, code: str) -> CertificateFacts:
    """The facts of a certificate, from the database.

    Raises:
        UpstreamError: among others `certificate_not_found`.
        ServiceError: `upstream_error`, the answer has an unexpected shape.
    """
    reply = await supabase.rpc("verify_certificate", code=code)
    try:
        return CertificateFacts.model_validate(reply.row())
    except ValidationError:
        raise ServiceError("upstream_error") from None


async def _drawn(
    request: Request,
    state: State,
    facts: CertificateFacts,
    media_type: str,
    draw: Callable[[Page], bytes],
) -> Response:
    """The document, or 304 when the client's copy is current. A 304 draws nothing."""
    settings = state.settings
    url = settings.certificate_verify_url.replace("{code}", facts.code)
    seen = (
        facts.model_dump_json(),
        *(__version__, FPDF_VERSION, media_type),
        *(state.issuer.name, url, *settings.certificate_fonts),
    )
    tag = f'"{hashlib.sha256(repr(seen).encode()).hexdigest()[:32]}"'
    extension = "pdf" if media_type == pdf.MEDIA_TYPE else "svg"
    headers = _headers(facts, extension) | {"ETag": tag}
    if media_type == svg.MEDIA_TYPE:
        # An SVG that is opened directly is a document of this origin, so it must not run scripts.
        headers["Content-Security-Policy"] = "default-src 'none'"
    if _has(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=headers)
    content = await anyio.to_thread.run_sync(
        lambda: draw(lay_out(facts, state.issuer.name, url)), limiter=state.drawing
    )
    return Response(content, headers=headers, media_type=media_type)


def _headers(facts: CertificateFacts, extension: str) -> dict[str, str]:
    return {
        # A certificate can be revoked at any time: clients revalidate, shared caches do not store.
        "Cache-Control": "private, no-cache",
        "Content-Disposition": f'inline; filename="certificate-{facts.code}.{extension}"',
        "X-Content-Type-Options": "nosniff",
    }


def _has(condition: str, tag: str) -> bool:
    """Whether a list of entity tags contains this one; `If-None-Match` compares weakly."""
    return condition.strip() == "*" or tag in re.findall(r'(?:W/)?("[^"]*")', condition)
