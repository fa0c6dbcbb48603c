"""Letters to a person about their own account, queued in the transaction of what they tell."""

from datetime import UTC, datetime
from uuid import UUID

from starlette.requests import Request

from activities import correspondence
from api.guessing import address_of
from api.mail_secrets import mail_secrets_of
from db.engine import Tx
from domain.devices import device_named
from domain.ids import new_id, show
from domain.letters import AccountChanged, Correspondents, Facts, Kind
from domain.letters.accounts import Change
from domain.user import User
from gateways.settings import Settings


async def post(
    tx: Tx,
    request: Request,
    *,
    kind: Kind,
    facts: Facts,
    to: str,
    key: str,
    link: str | None = None,
    organization_id: UUID | None = None,
) -> None:
    """Queues a letter; its `link` is sealed, and stands where the facts say READERS_LINK.

    A letter about an account has the account's id as the second part of its `key`: by that it is erased with it.
    """
    secret = None if link is None else mail_secrets_of(request).sealed(link, key=key)
    await correspondence.post(
        tx,
        kind,
        facts,
        key=key,
        to=to,
        organization_id=organization_id,
        secret=secret,
        now=datetime.now(UTC),
    )


async def write_change(
    tx: Tx,
    request: Request,
    user: User,
    what: Change,
    *,
    detail: str = "",
    to: str | None = None,
    once: str = "",
) -> None:
    """Tells a person what has changed in their account, from where and with which browser.

    Of letters of the same person about the same with the same `once` only the first is written.
    """
    facts = AccountChanged(
        who=correspondents(request, user.name or user.email),
        email=user.email,
        what=what,
        at=datetime.now(UTC),
        device=device_named(request.headers.get("user-agent", "")),
        address=address_of(request),
        account_url=f"{public_url(request)}/account",
        detail=detail,
    )
    key = f"account_changed:{show('usr', user.id)}:{f'{what}:{once}' if once else new_id().hex}"
    await post(tx, request, kind="account_changed", facts=facts, to=to or user.email, key=key)


def correspondents(request: Request, client: str) -> Correspondents:
    """The house, and a person; moments are written in UTC, because a person's zone is not known."""
    entity = _settings(request).legal_entity
    return Correspondents(
        seller=entity.name,
        seller_address_lines=entity.address_lines,
        support_email=entity.email,
        client=client,
        country=entity.country,
        time_zone="UTC",
    )


def public_url(request: Request) -> str:
    """Where browsers reach this installation, without a slash at its end."""
    return _settings(request).public_url


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings
