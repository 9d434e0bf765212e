"""The router that collects everything under `/v1`."""

from fastapi import APIRouter

from app.api.v1.endpoints import (
    certificates,
    enrollments,
    health,
    imports,
    me,
    meta,
    payments,
    reports,
    tutor,
)

router = APIRouter()
router.include_router(health.router)
router.include_router(me.router)
router.include_router(enrollments.router)
router.include_router(certificates.router)
router.include_router(reports.router)
router.include_router(payments.router)
router.include_router(imports.router)
router.include_router(tutor.router)
router.include_router(meta.router)
