"""Liveness and readiness."""

from fastapi import APIRouter

from app.api.v1 import PREFIX
from app.api.v1.deps import StateDep
from app.core.errors import ServiceError
from app.schemas.problem import problems
from app.schemas.service import Alive, Ready

router = APIRouter(prefix=f"{PREFIX}/health", tags=["health"])


@router.get("", responses=problems())
async def health() -> Alive:
    """The process answers. Calls no dependency."""
    return Alive()


@router.get("/ready", responses=problems(503))
async def ready(state: StateDep) -> Ready:
    """The service can verify tokens and reach the database. A 503 names the failed dependency."""
    dependencies = await state.readiness.check()
    down = [name for name, health in dependencies.items() if health == "down"]
    if down:
        raise ServiceError(
            "not_ready", f"Down: {', '.join(sorted(down))}.", dependencies=dependencies
        )
    folding = state.folding
    return Ready(
        dependencies=dict.fromkeys(dependencies, "ok"),
        oldest_fact_seconds=None if folding is None else folding.lag_seconds(),
    )
