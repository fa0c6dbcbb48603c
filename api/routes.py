"""Every router of the application, one line each."""

from fastapi import APIRouter

from api import health, metrics

ROUTERS: tuple[APIRouter, ...] = (
    health.router,
    metrics.router,
)
