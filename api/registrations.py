"""Opening an account oneself: the address is proved by a link, then name and password make a personal organization.

Can be switched off (BACKOFFICE_SELF_REGISTRATION). An address that has an account gets the same answer, and a
letter that says so.
"""

from datetime import UTC, datetime
from typing import ClassVar
from urllib.parse import quote
from uuid import UUID

from fastapi import BackgroundTasks, Request, Response
from pydantic import BaseModel, Field

from api.account_letters import correspondents, post, public_url
from api.account_shapes import ShownPerson, shown_person
from api.email_change_letters import tell_account_exists
from api.guessing import address_in_patience
from api.origins import OwnSite
from api.routing import new_router
from api.security import database_of, public
from api.signing_in import Opened, open_session, person_of
from db import audit, organizations, registrations, users
from db.engine import Tx
from domain.audit import Entry
from domain.errors import Conflict, Forbidden
from domain.ids import new_id, show
from domain.letters import RegistrationAsked
from domain.mail import READERS_LINK
from domain.organization import Organization, personal_organization
from domain.password import password_checked
from domain.secret_link import REGISTRATION_LASTS, link_ended
from domain.spelling import name_spelled
from domain.user import User, new_token, token_hash
from gateways.passwords import Passwords
from gateways.settings import Settings

router = new_router(prefix="/v1/registrations", tag="account")
SENT = "A letter with a link is on its way. Open it to choose your name and password"


class RegistrationOff(Forbidden):
    """Accounts are made by invitation here."""

    code: ClassVar[str] = "registration_off"


class Asked(BaseModel):
    """Who wants an account."""

    email: str = Field(max_length=320)


class Told(BaseModel):
    """What is answered, whoever asks."""

    detail: str


class NewAccount(BaseModel):
    """The token of the link, and what the account and its personal organization begin with."""

    token: str = Field(max_length=100)
    name: str = Field(max_length=400)
    password: str = Field(max_length=400)
    country: str = Field("US", max_length=16)
    currency: str = Field("USD", max_length=16, description="Cannot be changed later")
    time_zone: str = Field("UTC", max_length=64)


@router.post("", status_code=202, dependencies=[OwnSite])
@public("who has no account cannot sign in; the link goes to the address itself")
async def ask(body: Asked, request: Request, afterwards: BackgroundTasks) -> Told:
    """Ask for an account; the answer is the same for addresses that have one."""
    afterwards.add_task(send_link, request, await address_to_ask(request, body.email))
    return Told(detail=SENT)


@router.post("/confirm", status_code=201, dependencies=[OwnSite])
@public("the link's token proves that one reads the address's mail")
async def confirm(body: NewAccount, request: Request, response: Response) -> ShownPerson:
    """Open the account with a personal organization, and sign in."""
    opened = await open_account(request, body)
    opened.hand_over(request, response)
    return shown_person(opened.signed_in)


def require_on(request: Request) -> None:
    """Refuses where accounts are made by invitation.

    Raises:
        RegistrationOff: here.
    """
    settings: Settings = request.app.state.settings
    if not settings.self_registration:
        raise RegistrationOff(
            "Accounts are made by invitation here; ask whoever looks after your organization"
        )


async def address_to_ask(request: Request, email: str) -> str:
    """The address in its one spelling, or nothing when it was asked for too often.

    Raises:
        RegistrationOff: accounts are made by invitation here.
        Invalid: it cannot be an address.
    """
    require_on(request)
    return await address_in_patience(request, email, purpose="register")


async def send_link(request: Request, address: str) -> None:
    """Queues the letter; after the answer, so that its time does not tell whether there is an account."""
    if not address:
        return
    token, now = new_token(), datetime.now(UTC)
    digest, ends = token_hash(token), now + REGISTRATION_LASTS
    async with database_of(request).begin() as tx:
        if await users.find_credentials(tx, email=address) is not None:
            key = f"account_exists:{digest.hex()[:16]}"
            await tell_account_exists(tx, request, address, wanted="new_account", key=key)
            return
        await registrations.links.put(tx, address, token_hash=digest, now=now, expires_at=ends)
        who = correspondents(request, address)
        facts = RegistrationAsked(who=who, email=address, link=READERS_LINK, expires_at=ends)
        link = f"{public_url(request)}/register/confirm?token={quote(token)}"
        key = f"registration:{digest.hex()[:16]}"
        await post(tx, request, kind="registration_asked", facts=facts, to=address, key=key, link=link)


async def address_of_link(tx: Tx, token: str) -> str:
    """The address that the link proves; looking does not use it up.

    Raises:
        LinkEnded: it was used, replaced or is too old.
    """
    found = await registrations.links.find(tx, token_hash=token_hash(token), now=datetime.now(UTC))
    if found is None:
        raise link_ended()
    return found


async def open_account(request: Request, body: NewAccount) -> Opened:
    """Opens account, personal organization and session in one transaction.

    Raises:
        RegistrationOff: accounts are made by invitation here.
        LinkEnded: the link was used, replaced or is too old.
        Invalid: a field cannot be what it says; the link still works.
        Conflict: the address got an account another way meanwhile.
    """
    require_on(request)
    passwords: Passwords = request.app.state.passwords
    async with database_of(request).begin() as tx:
        email = await address_of_link(tx, body.token)
    name = name_spelled(body.name)
    hashed = await passwords.hashed(password_checked(body.password, about=(email, name)))
    home = _personal(request, body, name, email)
    now = home.created_at
    user = User(id=new_id(), email=email, name=name, kind="client", staff_role=None, created_at=now)
    async with database_of(request).begin() as tx:
        if await registrations.links.take(tx, token_hash=token_hash(body.token), now=now) is None:
            raise link_ended()
        await _insert(tx, request, user, hashed, home)
        return await open_session(tx, request, user, method="password")


def _personal(request: Request, body: NewAccount, name: str, email: str) -> Organization:
    """The organization of one person, who may invite others later."""
    settings: Settings = request.app.state.settings
    return personal_organization(
        organization_id=new_id(),
        name=name,
        email=email,
        country=body.country,
        currency=body.currency,
        time_zone=body.time_zone,
        legal_entity=settings.legal_entity.code,
        now=datetime.now(UTC),
    )


async def _insert(tx: Tx, request: Request, user: User, password_hash: str, home: Organization) -> None:
    """Writes account, organization and membership, and what happened."""
    if await users.find_credentials(tx, email=user.email) is not None:
        raise Conflict("email: this address has an account already; sign in with it")
    await users.ensure(tx, user, password_hash=password_hash)
    await organizations.insert_one(tx, home)
    owner: dict[str, UUID] = {"organization_id": home.id, "user_id": user.id}
    await users.insert_membership(tx, **owner, role="owner", now=home.created_at)
    facts = {"email": user.email, "organization": show("org", home.id), "kind": "personal"}
    entry = Entry("user.register", "user", show("usr", user.id), home.id, None, facts)
    await audit.append(tx, [entry], actor=person_of(request, user))
