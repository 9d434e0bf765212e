"""The caller."""

from fastapi import APIRouter

from app.api.v1 import PREFIX
from app.api.v1.deps import ProfileDep
from app.core.supabase import Row
from app.models.database import PublicProfiles
from app.schemas.problem import problems

router = APIRouter(prefix=PREFIX, tags=["me"])


@router.get("/me", response_model=PublicProfiles, responses=problems(401, 403, 404, 503))
async def me(profile: ProfileDep) -> Row:
    """The profile of the caller, read under their row-level security."""
    return profile
