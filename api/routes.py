"""Every router of the application, one line each."""

from fastapi import APIRouter

from api import health, metrics, usage_intake

ROUTERS: tuple[APIRouter, ...] = (
    health.router,
    metrics.router,
    usage_intake.router,
)
