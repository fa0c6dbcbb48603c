"""Every router of the application, one line each."""

from fastapi import APIRouter

from api import (
    analytics,
    api_keys,
    audit,
    description,
    health,
    list_prices,
    members,
    metrics,
    model_aliases,
    organizations,
    prices,
    processes,
    projects,
    quarantine,
    sessions,
    statements,
    suspensions,
    usage_intake,
    usage_records,
    wallets,
)

ROUTERS: tuple[APIRouter, ...] = (
    health.router,
    metrics.router,
    description.router,
    sessions.router,
    organizations.router,
    suspensions.router,
    members.router,
    processes.router,
    projects.router,
    api_keys.router,
    audit.router,
    usage_intake.router,
    usage_records.router,
    analytics.router,
    wallets.router,
    prices.router,
    model_aliases.router,
    list_prices.router,
    quarantine.router,
    statements.router,
)
