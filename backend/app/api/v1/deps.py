"""Dependencies of the endpoints: the caller, and PostgREST with the caller's identity."""

from typing import Annotated, cast

import structlog
from fastapi import Depends, Request
from fastapi.security import HTTPBearer

from app.core.errors import ServiceError, UpstreamError
from app.core.security import CurrentUser
from app.core.supabase import Row, Supabase
from app.state import State

# Documents the scheme in OpenAPI only; `get_current_user` reads the header.
_bearer = HTTPBearer(
    auto_error=False, bearerFormat="JWT", description="Access token of Supabase Auth"
)


async def get_state(request: Request) -> State:
    """The state of the process. Async, because FastAPI runs sync dependencies in a thread."""
    return cast(State, request.app.state.lyceum)


StateDep = Annotated[State, Depends(get_state)]


async def get_current_user(
    request: Request, state: StateDep, _: Annotated[object, Depends(_bearer)]
) -> CurrentUser | None:
    """The user of the access token; None when there is no `Authorization` header.

    Raises:
        ServiceError: `invalid_token` when the header is not accepted.
    """
    header = request.headers.get("authorization")
    if header is None:
        return None
    scheme, _space, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise ServiceError("invalid_token", "Send `Authorization: Bearer <access token>`.")
    user = await state.verifier.verify(token.strip())
    structlog.contextvars.bind_contextvars(user_id=str(user.id))
    return user


OptionalUser = Annotated[CurrentUser | None, Depends(get_current_user)]


async def get_current_active_user(user: OptionalUser) -> CurrentUser:
    """The user of the access token.

    Raises:
        ServiceError: `unauthenticated` when the caller is signed out.
    """
    if user is None:
        raise ServiceError("unauthenticated")
    return user


ActiveUser = Annotated[CurrentUser, Depends(get_current_active_user)]


async def get_supabase(state: StateDep, user: OptionalUser) -> Supabase:
    """PostgREST as the caller, or as anon when the caller is signed out."""
    return Supabase(state.http, state.settings, user)


SupabaseDep = Annotated[Supabase, Depends(get_supabase)]


async def get_profile(user: ActiveUser, supabase: SupabaseDep) -> Row:
    """The profile of the caller, read under their row-level security.

    Raises:
        ServiceError: `account_suspended`; `profile_not_found`, the account was deleted or has no
            profile.
    """
    rows = await supabase.select("profiles", select="*", id=f"eq.{user.id}")
    if not rows:
        # The table shows nothing to a suspended account; a function says why.
        try:
            await supabase.rpc("my_invitations")
        except UpstreamError as error:
            if error.code == "account_suspended":
                raise
        raise ServiceError("profile_not_found")
    return rows[0]


ProfileDep = Annotated[Row, Depends(get_profile)]
