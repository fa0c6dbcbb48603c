"""The one way into every route: who is asking, what they may do, and a transaction that shows them only that.

A route says `principal: Principal = Depends(needs("usage:write"))` and takes `tx: Transaction`. A route that
needs no sign-in says why: `@public("…")`. A bare Starlette route is marked `@declares("usage:write")` and
calls `await admit(request, "usage:write")` itself.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Annotated, TypeVar
from uuid import UUID

import structlog
from fastapi import Depends
from starlette.requests import Request

from api.identities import Identities
from api.request_id import request_id_of
from api.standing import after_deletion, require_there, writes_for_session, written_by
from db.engine import Database, Tx
from domain.audit import Actor
from domain.ids import read, show
from domain.principal import Principal
from domain.roles import Permission, permission_named

__all__ = [
    "HouseTransaction",
    "OrganizationInPath",
    "Principal",
    "Transaction",
    "actor_of",
    "admit",
    "after_commit",
    "after_deletion",
    "authenticate",
    "declares",
    "forget_keys",
    "needs",
    "public",
]

Endpoint = TypeVar("Endpoint", bound=Callable[..., object])
PERMISSION_MARK = "__backoffice_permission__"
PUBLIC_MARK = "__backoffice_public__"


class Needs:
    """A dependency that lets only holders of its permission through."""

    def __init__(self, permission: Permission) -> None:
        self.permission: Permission = permission

    async def __call__(self, request: Request) -> Principal:
        """The principal.

        Raises:
            Unauthenticated: nobody could be recognized.
            Forbidden: they may not.
        """
        return await admit(request, self.permission)


def needs(permission: str) -> Needs:
    """The dependency for a permission of domain/roles.py; a misspelt one fails at import."""
    return Needs(permission_named(permission))


def declares(permission: str) -> Callable[[Endpoint], Endpoint]:
    """Marks a bare endpoint with the permission that it checks by `admit`."""
    name = permission_named(permission)

    def mark(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, PERMISSION_MARK, name)
        return endpoint

    return mark


def public(reason: str) -> Callable[[Endpoint], Endpoint]:
    """Marks an endpoint that needs no key and no session, and says why that is safe."""

    def mark(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, PUBLIC_MARK, reason)
        return endpoint

    return mark


async def authenticate(request: Request) -> Principal:
    """Who is asking; found once for each request.

    Raises:
        Unauthenticated: no key and no session, or a wrong or ended one.
        CsrfRefused: a change by session without its token.
    """
    known: Principal | None = getattr(request.state, "principal", None)
    if known is None:
        known = await identities_of(request).recognize(request)
        request.state.principal = known
        structlog.contextvars.bind_contextvars(**_log_facts(known))
    return known


def _log_facts(principal: Principal) -> dict[str, str]:
    """What every log line of a request says about who asks."""
    facts = {"principal": f"{principal.kind}:{principal.id}"}
    if principal.organization_id is not None:
        facts["organization"] = show("org", principal.organization_id)
    return facts


async def admit(request: Request, permission: Permission) -> Principal:
    """The principal, who holds the permission.

    Raises:
        Unauthenticated: nobody could be recognized.
        Forbidden: they may not.
    """
    principal = await authenticate(request)
    principal.require(permission)
    return principal


def opened_for(request: Request, principal: Principal) -> AbstractAsyncContextManager[Tx]:
    """A transaction that shows staff everything, clients their own organization, contractors the assigned ones."""
    database = database_of(request)
    if principal.organizations is not None:
        return database.assigned(principal.organizations)
    if principal.organization_id is None:
        return database.begin()
    return database.client(principal.organization_id)


async def transaction(request: Request) -> AsyncIterator[Tx]:
    """One transaction around the handler: committed before the answer leaves, rolled back by any error.

    Raises:
        OrganizationDeleted: the path names a thing of a deleted organization, and the request would write.
    """
    principal = await authenticate(request)
    async with opened_for(request, principal) as tx:
        await require_there(request, tx)
        yield tx
    await _committed(request)


async def _committed(request: Request) -> None:
    """Does what waits for the commit."""
    for act in getattr(request.state, "after_commit", ()):
        await act()


def after_commit(request: Request, act: Callable[[], Awaitable[None]]) -> None:
    """Has `act` done once the request's transaction has committed, before the answer leaves."""
    if not hasattr(request.state, "after_commit"):
        request.state.after_commit = []
    request.state.after_commit.append(act)


def forget_keys(request: Request) -> None:
    """Has a change to keys, or to what their organization may do, hold here before the answer leaves.

    The other processes hear of it from the database.
    """

    async def forget() -> None:
        identities_of(request).forget()

    after_commit(request, forget)


Transaction = Annotated[Tx, Depends(transaction, scope="function")]


async def house_transaction(request: Request) -> AsyncIterator[Tx]:
    """The same under the application's role also for clients; the handler itself limits what it touches."""
    async with writing(request) as tx:
        yield tx
    await _committed(request)


HouseTransaction = Annotated[Tx, Depends(house_transaction, scope="function")]
TRANSACTIONS = frozenset({transaction, house_transaction})


async def there(request: Request) -> None:
    """The same question for a handler that opens its transactions itself; the router asks it by itself.

    Raises:
        OrganizationDeleted: the path names a thing of a deleted organization.
    """
    if written_by(request) is not None or writes_for_session(request):
        async with writing(request):
            pass


@asynccontextmanager
async def writing(request: Request) -> AsyncIterator[Tx]:
    """A transaction of a handler's own, under the application's role, that may write what the path names.

    Raises:
        OrganizationDeleted: it belongs to a deleted organization.
    """
    async with database_of(request).begin() as tx:
        await require_there(request, tx)
        yield tx


async def organization_in_path(request: Request, organization_id: str) -> UUID:
    """The organization named in the path, if the caller may see it.

    Raises:
        NotFound: it belongs to somebody else.
    """
    identifier = read("org", organization_id)
    (await authenticate(request)).require_organization(identifier)
    return identifier


OrganizationInPath = Annotated[UUID, Depends(organization_in_path)]


def database_of(request: Request) -> Database:
    """The application's database."""
    database: Database = request.app.state.database
    return database


def identities_of(request: Request) -> Identities:
    """The application's memory of keys and sessions."""
    identities: Identities = request.app.state.identities
    return identities


def actor_of(request: Request, principal: Principal) -> Actor:
    """The principal as the audit log writes them down."""
    return Actor(
        kind=principal.kind,
        id=show("key" if principal.kind == "key" else "usr", principal.id),
        name=principal.name,
        ip=request.client.host if request.client else "",
        request_id=request_id_of(request.scope),
    )
