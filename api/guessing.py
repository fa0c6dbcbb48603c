"""Slows guessing down without letting anybody lock the owner out.

An account's unknown browsers share one counter, so guesses from many addresses are counted together; a browser
in which the account was signed in before has a counter of its own, so the owner still gets in. An e-mail that
nobody has is counted just the same: a refusal tells nothing about whether it exists.
"""

import hashlib
import hmac
import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil

from starlette.requests import Request

from api.cookies import DEVICE_COOKIE, read_cookie
from api.security import database_of
from db import devices, guesses
from db.engine import Tx
from domain.email import email_spelled
from domain.guessing import (
    ADDRESS,
    KNOWN_DEVICE,
    LETTERS,
    OWN_QUESTIONS,
    QUESTIONS,
    STRANGERS,
    Patience,
    TooManyAttempts,
)
from domain.user import token_hash
from gateways.settings import Settings

_WRONG = "Too many wrong attempts. Wait a while and try again, or reset the password"


@dataclass(frozen=True, slots=True)
class Attempt:
    """A guess that is counted as wrong until `succeeded`; in the owner's own browser no address is counted."""

    account: bytes
    address: bytes | None = None

    async def succeeded(self, tx: Tx) -> None:
        """The guess was right: its account starts anew, its address gets this one back.

        In the same order as it was counted, so that nobody waits in a circle.
        """
        await guesses.forget(tx, key=self.account)
        if self.address is not None:
            await guesses.take_back(tx, key=self.address, patience=ADDRESS, now=datetime.now(UTC))


async def attempt_at(tx: Tx, request: Request, *, purpose: str, email: str) -> Attempt:
    """Counts a guess against the account of an e-mail, known or not, in a transaction that ends before the check.

    Raises:
        TooManyAttempts: one has to wait, at this account or from this address.
    """
    device = token_hash(read_cookie(request, DEVICE_COOKIE))
    if await devices.is_known(tx, email=email, token_hash=device):
        key = keyed(request, f"{purpose} device", f"{email} {device.hex()}")
        await _charge(tx, key, KNOWN_DEVICE)
        return Attempt(key)
    account = keyed(request, purpose, email)
    await _charge(tx, account, STRANGERS)
    address = keyed(request, "address", network_of(request))
    await _charge(tx, address, ADDRESS)
    await guesses.without_waiting_for_the_disk(tx)
    return Attempt(account, address)


async def attempt_of(tx: Tx, request: Request, *, purpose: str, who: str) -> Attempt:
    """Counts a guess of somebody who is signed in already, for example by their session.

    Raises:
        TooManyAttempts: one has to wait.
    """
    key = keyed(request, purpose, who)
    await _charge(tx, key, STRANGERS)
    return Attempt(key)


async def within(tx: Tx, request: Request, *, purpose: str, who: str, patience: Patience) -> bool:
    """Counts something that anybody may ask for, and says whether it is not asked for too often."""
    key = keyed(request, purpose, who)
    return await guesses.charge(tx, key=key, patience=patience, now=datetime.now(UTC)) is None


async def count_try(tx: Tx, request: Request, *, purpose: str) -> None:
    """Counts a try from one network, whoever it is about.

    Raises:
        TooManyAttempts: too many of them were wrong; wait.
    """
    key = keyed(request, purpose, network_of(request))
    await _charge(tx, key, ADDRESS, "Too many attempts from this address; wait a while and try again")


async def take_try_back(tx: Tx, request: Request, *, purpose: str) -> None:
    """The try was right."""
    key = keyed(request, purpose, network_of(request))
    await guesses.take_back(tx, key=key, patience=ADDRESS, now=datetime.now(UTC))


async def count_question(tx: Tx, request: Request, *, purpose: str, about: str = "") -> None:
    """Counts a question that is kept until it is answered: by network, or `about` whom where that is known.

    Raises:
        TooManyAttempts: asked for too often; wait.
    """
    patience = OWN_QUESTIONS if about else QUESTIONS
    key = keyed(request, f"{purpose} question", about or network_of(request))
    await _charge(tx, key, patience, "Asked for too often. Wait a while and try again")


async def answer_question(tx: Tx, request: Request, *, purpose: str, about: str = "") -> None:
    """A question was answered rightly: it is not counted any more."""
    patience = OWN_QUESTIONS if about else QUESTIONS
    key = keyed(request, f"{purpose} question", about or network_of(request))
    await guesses.take_back(tx, key=key, patience=patience, now=datetime.now(UTC))


async def address_in_patience(request: Request, email: str, *, purpose: str) -> str:
    """The address a letter is asked for in its one spelling, or nothing when it was asked for too often.

    Raises:
        Invalid: it cannot be an address.
    """
    address = email_spelled(email)
    async with database_of(request).begin() as tx:
        allowed = await within(tx, request, purpose=purpose, who=address, patience=LETTERS)
        source = {"purpose": f"{purpose} from", "who": network_of(request)}
        allowed &= await within(tx, request, **source, patience=ADDRESS)
    return address if allowed else ""


def keyed(request: Request, purpose: str, text: str) -> bytes:
    """A hash that only this installation can make."""
    settings: Settings = request.app.state.settings
    return hmac.digest(settings.session_secret.encode(), f"{purpose}\n{text}".encode(), hashlib.sha256)


def address_of(request: Request) -> str:
    """Where the request comes from."""
    return request.client.host if request.client else ""


def network_of(request: Request) -> str:
    """What one guesser can hold many addresses of: an IPv4 address, or the /64 of an IPv6 address."""
    try:
        address = ipaddress.ip_address(address_of(request))
    except ValueError:
        return address_of(request)
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network(f"{address}/64", strict=False))


async def _charge(tx: Tx, key: bytes, patience: Patience, told: str = _WRONG) -> None:
    """Counts, or refuses.

    Raises:
        TooManyAttempts: the wait is not over.
    """
    now = datetime.now(UTC)
    until = await guesses.charge(tx, key=key, patience=patience, now=now)
    if until is not None:
        seconds = max(1, ceil((until - now).total_seconds()))
        raise TooManyAttempts(told, retry_after_seconds=seconds)
