"""Signing in at an organization's own provider: a browser leaves, comes back once, and its person is recognized."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from hmac import compare_digest
from uuid import UUID

import structlog
from starlette.requests import Request
from starlette.responses import Response

from api.cookies import read_cookie, write_cookie
from api.guessing import address_of, answer_question, count_question
from api.request_id import request_id_of
from api.security import database_of
from api.sign_on import redirect_uri
from api.sign_on_people import recognized
from api.sign_on_providers import secret_of
from api.signing_in import Opened, open_session
from db import audit, email_domains, sign_on, sign_on_trips
from domain.audit import Actor, Entry
from domain.email import email_spelled
from domain.email_domain import domain_of
from domain.errors import Invalid, Refusal
from domain.ids import show
from domain.sign_on import TRIP_LASTS, Provider, SignOnRefused, Trip
from domain.user import new_token, token_hash
from gateways.errors import Refused
from gateways.oidc import Departure, Oidc
from gateways.sealing import Seal
from gateways.settings import Settings

log = structlog.get_logger(__name__)
_COOKIE = "backoffice_sign_on"
_AGAIN = "This way back was used already, took too long, or began in another browser. Sign in again"


@dataclass(frozen=True, slots=True)
class Departing:
    """A browser that leaves: where to, and what it holds until it comes back."""

    location: str
    browser: str

    def hand_over(self, request: Request, response: Response) -> None:
        """Has the browser hold what ties the way back to it."""
        write_cookie(request, response, _COOKIE, self.browser, seconds=int(TRIP_LASTS.total_seconds()))


async def depart_for(request: Request, *, email: str, back_to: str) -> Departing | None:
    """The way to the provider of whoever has that address; None when there is none, whatever the reason."""
    try:
        address = email_spelled(email)
    except Invalid:
        return None
    async with database_of(request).begin() as tx:
        organization_id = await email_domains.owner_of(tx, name=domain_of(address))
    if organization_id is None:
        return None
    return await depart(request, organization_id=organization_id, email=address, back_to=back_to)


async def depart(request: Request, *, organization_id: UUID, email: str, back_to: str) -> Departing | None:
    """The way to an organization's provider; None when it has none."""
    oidc: Oidc = request.app.state.oidc
    state, now = new_token(), datetime.now(UTC)
    browser = read_cookie(request, _COOKIE) or new_token()
    async with database_of(request).begin() as tx:
        provider = await sign_on.find(tx, organization_id=organization_id)
        if provider is None:
            return None
        departure = _departure(request, provider, state, secrets.token_urlsafe(48), new_token(), email)
        trip = Trip(
            organization_id=organization_id,
            provider_id=provider.id,
            browser_hash=token_hash(browser),
            nonce=departure.nonce,
            sealed_verifier=_seal(request).close(departure.verifier, place=state),
            back_to=back_to,
            expires_at=now + TRIP_LASTS,
        )
        await count_question(tx, request, purpose="sign-on")
        await sign_on_trips.begin(tx, trip, state_hash=token_hash(state), now=now)
    return Departing(oidc.way_to(provider.endpoints, departure), browser)


async def come_back(
    request: Request, *, state: str, code: str, issuer: str, error: str
) -> tuple[Opened, str]:
    """Opens the session of whoever comes back from their provider; also gives the page that was wanted.

    Raises:
        SignOnRefused: the way back does not hold, or the person may not come in.
        Unavailable: the provider does not answer.
    """
    async with database_of(request).begin() as tx:
        trip = await sign_on_trips.end(tx, state_hash=token_hash(state), now=datetime.now(UTC))
    if trip is None or not compare_digest(trip.browser_hash, token_hash(read_cookie(request, _COOKIE))):
        raise SignOnRefused(_AGAIN)
    async with database_of(request).begin() as tx:
        provider = await sign_on.find(tx, organization_id=trip.organization_id)
    if provider is None or provider.id != trip.provider_id:
        raise SignOnRefused("Single sign-on was changed meanwhile. Sign in again")
    try:
        _require_welcome(provider, issuer=issuer, error=error)
        return await _arrived(request, trip, provider, state, code), trip.back_to
    except (Refusal, Refused) as refusal:
        await _note_refusal(request, provider, refusal.detail)
        raise SignOnRefused(refusal.detail) from refusal


async def _arrived(request: Request, trip: Trip, provider: Provider, state: str, code: str) -> Opened:
    """The session of who has brought the code."""
    oidc: Oidc = request.app.state.oidc
    verifier = _seal(request).opened(trip.sealed_verifier, place=state) or ""
    departure = _departure(request, provider, state, verifier, trip.nonce, "")
    claims = await oidc.who_came(
        provider.endpoints,
        departure,
        secret=secret_of(request, provider),
        code=code,
        now=int(datetime.now(UTC).timestamp()),
    )
    async with database_of(request).begin() as tx:
        user = await recognized(tx, request, provider, claims)
        await answer_question(tx, request, purpose="sign-on")
        return await open_session(
            tx, request, user, method="single_sign_on", organization_id=provider.organization_id
        )


def _departure(
    request: Request, provider: Provider, state: str, verifier: str, nonce: str, email: str
) -> Departure:
    """What goes along with the browser, and what stays here."""
    return Departure(
        client_id=provider.client_id,
        redirect_uri=redirect_uri(request),
        state=state,
        nonce=nonce,
        verifier=verifier,
        login_hint=email,
    )


def _require_welcome(provider: Provider, *, issuer: str, error: str) -> None:
    """Refuses an answer of another provider (RFC 9207), and one that is an error.

    Raises:
        SignOnRefused: it is.
    """
    named = provider.endpoints.names_issuer
    if (named or issuer) and issuer != provider.endpoints.issuer:
        raise SignOnRefused("The answer came from another provider than the one that was asked")
    if error:
        raise SignOnRefused(f"The provider did not let you in ({error[:80]})")


async def _note_refusal(request: Request, provider: Provider, reason: str) -> None:
    """Writes down that somebody who came from the provider was not let in."""
    log.info("single sign-on was refused", reason=reason)
    actor = Actor("system", "sign-on", "Single sign-on", address_of(request), request_id_of(request.scope))
    target = show("idp", provider.id)
    entry = Entry(
        "sign_on.refused", "identity_provider", target, provider.organization_id, None, {"reason": reason}
    )
    async with database_of(request).begin() as tx:
        await audit.append(tx, [entry], actor=actor)


def _seal(request: Request) -> Seal:
    """Seals what must stay unread until the browser is back."""
    settings: Settings = request.app.state.settings
    return Seal(settings.session_secret, purpose="ways to sign-on providers")
