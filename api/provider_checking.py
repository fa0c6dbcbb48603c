"""How the doors have provider keys checked: never inside a transaction, at the latest before the answer leaves."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from uuid import UUID

from fastapi import Request

from activities.provider_checks import ProviderChecks
from api.collecting import sender_of
from api.security import Principal, actor_of, after_commit
from db.engine import Database
from domain.errors import NotFound
from domain.provider_credential import ProviderCredential
from gateways.settings import Settings


@asynccontextmanager
async def opened(settings: Settings, database: Database) -> AsyncIterator[ProviderChecks]:
    """What checks provider keys, opened with the application."""
    sender = sender_of(settings)
    checks = ProviderChecks.open(database, sender, pepper=settings.key_pepper, strict=settings.strict)
    try:
        yield checks
    finally:
        await checks.close()


def checks_of(request: Request) -> ProviderChecks:
    """What checks provider keys."""
    checks: ProviderChecks = request.app.state.provider_checks
    return checks


async def checked(request: Request, credential_id: UUID, by: Principal) -> ProviderCredential:
    """The key, whose provider was asked now.

    Raises:
        NotFound: there is no such key.
    """
    actor = actor_of(request, by)
    return await checks_of(request).check(credential_id, now=datetime.now(UTC), actor=actor)


def check_once_saved(request: Request, credential_id: UUID, by: Principal) -> None:
    """Has the provider asked when the request's transaction has committed; the answer was written before."""

    async def check() -> None:
        with suppress(NotFound):  # removed in between
            await checked(request, credential_id, by)

    after_commit(request, check)
