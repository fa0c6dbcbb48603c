"""One's own second factor: an authenticator app, set up by a first code, and recovery codes for who loses it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Request, Response
from pydantic import BaseModel, Field

from api.account_letters import write_change
from api.account_shapes import ShownPerson, shown_person
from api.confirming import WrongProof, renew
from api.cookies import write_session
from api.guessing import attempt_of
from api.own_proof import OwnProof
from api.recent import Recent
from api.routing import new_router
from api.second_factors import app_takes, recovery_hash, sealed_for, secret_place
from api.security import HouseTransaction, Principal, actor_of, database_of, needs
from db import audit, authenticators, users
from db.authenticators import Authenticator
from db.engine import Tx
from domain.audit import Entry
from domain.errors import WrongState
from domain.ids import show
from domain.letters.accounts import Change
from domain.second_factor import RECOVERY_CODES, new_recovery_code
from domain.user import SignedIn
from gateways import totp
from gateways.settings import Settings

router = new_router(prefix="/v1/account/authenticator", tag="account")
Person = Annotated[Principal, Depends(needs("sessions:own"))]


class FreshSecret(BaseModel):
    """What the app is told; it is asked for codes only after the first one was given back."""

    secret: str = Field(description="In base32, for typing it in")
    address: str = Field(description="The otpauth:// address, for a QR code")


class FirstCode(BaseModel):
    """The code that the app shows."""

    code: str = Field(max_length=40)


class RecoveryCodes(BaseModel):
    """Shown this once; each works once."""

    recovery_codes: list[str]


class Confirmed(RecoveryCodes):
    """The second factor is on; the session goes on under a new token."""

    person: ShownPerson


@router.post("", status_code=201, dependencies=[Recent, OwnProof])
async def begin(request: Request, tx: HouseTransaction, person: Person) -> FreshSecret:
    """Set up an authenticator app; nothing changes before it is confirmed."""
    user = await users.get(tx, user_id=person.id)
    secret = totp.new_secret()
    sealed = sealed_for(request).close(secret, place=secret_place(user.id))
    if not await authenticators.begin(tx, user_id=user.id, sealed_secret=sealed, now=datetime.now(UTC)):
        raise WrongState("An authenticator app is set up already; turn it off first")
    return FreshSecret(secret=secret, address=_address(request, secret, user.email))


@router.post("/confirm", dependencies=[Recent, OwnProof])
async def confirm(body: FirstCode, request: Request, response: Response, person: Person) -> Confirmed:
    """Turn the second factor on by the app's first code; gives recovery codes, and renews the session."""
    codes, renewed, token = await turn_on(request, person, code=body.code)
    write_session(request, response, token)
    return Confirmed(recovery_codes=list(codes), person=shown_person(renewed))


@router.delete("", status_code=204, dependencies=[Recent, OwnProof])
async def turn_off(request: Request, tx: HouseTransaction, person: Person) -> None:
    """Turn the second factor off; recovery codes go with it."""
    await _confirmed(tx, person)
    await authenticators.remove(tx, user_id=person.id)
    await _tell(tx, request, person, "second_factor_off")


@router.post("/recovery-codes", status_code=201, dependencies=[Recent, OwnProof])
async def make_codes(request: Request, tx: HouseTransaction, person: Person) -> RecoveryCodes:
    """Make new recovery codes; the old ones stop working."""
    await _confirmed(tx, person)
    codes = await _fresh_codes(tx, request, person)
    await _tell(tx, request, person, "recovery_codes_made")
    return RecoveryCodes(recovery_codes=list(codes))


async def turn_on(request: Request, person: Principal, *, code: str) -> tuple[Sequence[str], SignedIn, str]:
    """Confirms the app; gives recovery codes, and the renewed session with its token.

    Raises:
        WrongState: no app is being set up, or one is on already.
        WrongProof: the app shows another code.
        TooManyAttempts: too many wrong ones; wait.
    """
    async with database_of(request).begin() as tx:
        attempt = await attempt_of(tx, request, purpose="first code", who=person.id.hex)
    async with database_of(request).begin() as tx:
        app = await authenticators.find(tx, user_id=person.id)
        if app is None or app.confirmed_at is not None:
            raise WrongState("No authenticator app is being set up")
        if not await app_takes(tx, request, app, code):
            raise WrongProof("code: the app shows another one; check that your phone's clock is right")
        await attempt.succeeded(tx)
        await authenticators.confirm(tx, user_id=person.id, now=datetime.now(UTC))
        codes = await _fresh_codes(tx, request, person)
        await _tell(tx, request, person, "second_factor_on")
        return codes, *await renew(tx, request, person)


async def picture_of(tx: Tx, request: Request, person: Principal) -> tuple[str, str] | None:
    """The QR code and the secret of an app that is being set up; None when there is none."""
    app = await authenticators.find(tx, user_id=person.id)
    if app is None or app.confirmed_at is not None:
        return None
    secret = sealed_for(request).opened(app.sealed_secret, place=secret_place(person.id))
    if secret is None:
        return None
    return totp.picture(_address(request, secret, person.name)), secret


def _address(request: Request, secret: str, email: str) -> str:
    """The address the app reads: whose account it is, and where."""
    settings: Settings = request.app.state.settings
    return totp.address_for(secret, email=email, issuer=settings.legal_entity.name)


async def _confirmed(tx: Tx, person: Principal) -> Authenticator:
    """The person's app, locked: of two clicks the later one makes the recovery codes that work.

    Raises:
        WrongState: none is on.
    """
    app = await authenticators.lock(tx, user_id=person.id)
    if app is None or app.confirmed_at is None:
        raise WrongState("The second factor is off")
    return app


async def _fresh_codes(tx: Tx, request: Request, person: Principal) -> Sequence[str]:
    """New recovery codes, of which the hashes are kept."""
    codes = [new_recovery_code() for _ in range(RECOVERY_CODES)]
    hashes = [recovery_hash(request, person.id, code) for code in codes]
    await authenticators.replace_codes(tx, user_id=person.id, hashes=hashes, now=datetime.now(UTC))
    return codes


async def _tell(tx: Tx, request: Request, person: Principal, what: Change) -> None:
    """Writes to the person, and into the audit log."""
    user = await users.get(tx, user_id=person.id)
    await write_change(tx, request, user, what)
    entry = Entry(f"user.{what}", "user", show("usr", person.id), person.organization_id)
    await audit.append(tx, [entry], actor=actor_of(request, person))
