"""The version and the tutor of this service."""

from typing import get_args

from fastapi import APIRouter

from app import __version__
from app.api.v1 import PREFIX
from app.api.v1.deps import StateDep
from app.schemas.problem import problems
from app.schemas.tutor import Meta, Mode, TutorMeta
from app.services.tutor.language.texts import text

router = APIRouter(prefix=PREFIX, tags=["service"])


@router.get("/meta", responses=problems())
async def meta(state: StateDep) -> Meta:
    """The version, and whether the tutor generates answers or quotes passages."""
    model = state.model
    tutor = TutorMeta(
        enabled=state.tutor is not None,
        provider=model.provider,
        model=model.name,
        generative=model.generative,
        label=None if model.generative else text("label", "en"),
        modes=list(get_args(Mode)),
    )
    return Meta(version=__version__, tutor=tutor)
