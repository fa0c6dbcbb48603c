"""Every router of the application, one line each."""

from fastapi import APIRouter

from api import (
    api_keys,
    audit,
    health,
    members,
    metrics,
    organizations,
    projects,
    sessions,
    statements,
    suspensions,
    usage_intake,
    wallets,
)

ROUTERS: tuple[APIRouter, ...] = (
    health.router,
    metrics.router,
    sessions.router,
    organizations.router,
    suspensions.router,
    members.router,
    projects.router,
    api_keys.router,
    audit.router,
    usage_intake.router,
    wallets.router,
    statements.router,
)
