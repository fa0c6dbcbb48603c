"""Of a deleted organization nothing is written anew: every door that writes is asked, but for those that say why not.

Which organization a request writes to is said by its path: the organization itself, or the first thing of one;
in the portal, where the path names none, by the session.
What goes on after a deletion (money that is owed, what the law demands) is marked `@after_deletion("why")`.
"""

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from starlette.requests import Request

from db import belonging
from db.engine import Tx
from db.erasing import organizations as erasing
from domain.errors import BadIdentifier
from domain.ids import read
from domain.organization import Organization, require_writable
from domain.principal import Principal

Endpoint = TypeVar("Endpoint", bound=Callable[..., object])
AFTER_DELETION_MARK = "__backoffice_after_deletion__"
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
# What somebody does in the portal for themselves: going to another organization, leaving this one.
_OF_THE_PERSON = frozenset({"/portal/organization", "/portal/members/leave"})


def after_deletion(reason: str) -> Callable[[Endpoint], Endpoint]:
    """Marks an endpoint that may write to a deleted organization, and says why."""

    def mark(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, AFTER_DELETION_MARK, reason)
        return endpoint

    return mark


async def require_there(request: Request, tx: Tx) -> None:
    """Refuses to write to an organization that is deleted, and lets none be erased while the transaction lasts.

    What somebody may not see is left to the handler, which says that it is not there.

    Raises:
        OrganizationDeleted: its data was erased.
    """
    principal: Principal | None = getattr(request.state, "principal", None)
    if principal is None:
        return
    thing, written = written_by(request), None
    if thing is not None:
        written = await belonging.find_owner(tx, prefix=thing[0], thing_id=thing[1])
    elif writes_for_session(request):
        written = principal.organization_id
    if written is not None and principal.may_see(written):
        require_writable(await belonging.state_for_writing(tx, organization_id=written))


def written_by(request: Request) -> tuple[str, UUID] | None:
    """The thing of an organization that the path of a writing request names first, by the prefix of its kind.

    None when it names none, reads only, or may write after a deletion.
    """
    if not _writes_before_deletion(request):
        return None
    for value in request.path_params.values():
        prefix = str(value).partition("_")[0]
        if prefix in belonging.KNOWN:
            return prefix, _read(prefix, str(value))
    return None


def writes_for_session(request: Request) -> bool:
    """Whether a request writes to the session's organization: one of the portal, whose path names none."""
    path = request.url.path
    ours = path.startswith("/portal/") and path not in _OF_THE_PERSON
    return ours and _writes_before_deletion(request) and written_by(request) is None


def _writes_before_deletion(request: Request) -> bool:
    return request.method not in _READING and not hasattr(request.scope.get("endpoint"), AFTER_DELETION_MARK)


async def require_addressable(tx: Tx, organization: Organization) -> None:
    """Refuses to change where a deleted organization's invoices go once none is open.

    Raises:
        OrganizationDeleted: its data was erased, the address too.
    """
    if not (await erasing.money(tx, organization_id=organization.id)).open_invoices:
        organization.require_there()


def _read(prefix: str, value: str) -> UUID:
    """The id; one that nothing has for what cannot be an id, which the handler says in its own words."""
    try:
        return read(prefix, value)
    except BadIdentifier:
        return UUID(int=0)
