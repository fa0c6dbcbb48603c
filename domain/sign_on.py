"""Single sign-on: an organization's people prove who they are at its own provider (OpenID Connect)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Literal
from uuid import UUID

from domain.email_domain import domain_of
from domain.errors import Forbidden, Invalid, WrongState

JoiningRole = Literal["admin", "member", "viewer"]
TRIP_LASTS = timedelta(minutes=10)
GOOGLE = "https://accounts.google.com"


class SignOnRequired(Forbidden):
    """The organization's people sign in at its own provider; the password alone does not do."""

    code: ClassVar[str] = "single_sign_on_required"


class SignOnRefused(Forbidden):
    """The provider knows the person, but they may not come in here; the words say what to do."""

    code: ClassVar[str] = "single_sign_on_refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """Where a provider does what, as it says itself.

    `secret_in_body`: it takes the client's secret in the form instead of a header; `names_issuer`: it says who
    answers when it sends a browser back. `person` is empty when it has no such endpoint.
    """

    issuer: str
    authorization: str
    token: str
    keys: str
    person: str
    secret_in_body: bool
    names_issuer: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """An organization's provider; `allowed_domains` narrows the proven ones, empty allows them all."""

    id: UUID
    organization_id: UUID
    client_id: str
    sealed_secret: str
    endpoints: Endpoints
    default_role: JoiningRole
    allowed_domains: tuple[str, ...]
    enforced: bool
    created_at: datetime
    updated_at: datetime
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trip:
    """A browser on its way to a provider and back."""

    organization_id: UUID
    provider_id: UUID
    browser_hash: bytes
    nonce: str
    sealed_verifier: str
    back_to: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What a provider says of a person, its signature checked. `hosted_domain` is Google's word for a company."""

    issuer: str
    subject: str
    email: str
    email_verified: bool
    name: str
    hosted_domain: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who a provider's person is here."""

    organization_id: UUID
    issuer: str
    subject: str
    user_id: UUID
    email: str


def require_own_people(claims: Claims, *, provider: Provider, proven: Collection[str]) -> None:
    """Refuses whom the organization's provider may not vouch for.

    Raises:
        SignOnRefused: the e-mail is not verified, or its domain is not proven or not allowed.
    """
    domain = domain_of(claims.email)
    if not claims.email or not claims.email_verified:
        raise SignOnRefused(
            "The provider does not say that your e-mail address is verified; ask your administrator"
        )
    if domain not in proven:
        raise SignOnRefused(
            f"Your organization has not proven that {domain} is its own; ask your administrator"
        )
    if provider.allowed_domains and domain not in provider.allowed_domains:
        raise SignOnRefused(f"Addresses of {domain} may not sign in here; ask your administrator")
    if claims.issuer == GOOGLE and claims.hosted_domain not in proven:
        raise SignOnRefused("Use the Google account of your organization, not a private one")


def allowed_domains(given: Collection[str], *, proven: Collection[str]) -> tuple[str, ...]:
    """The domains whose people may sign in, each of them proven.

    Raises:
        Invalid: one is not.
    """
    wanted = sorted({name.strip().lower() for name in given if name.strip()})
    for name in wanted:
        if name not in proven:
            raise Invalid(f"allowed_domains: {name[:64]} is not proven; prove it first")
    return tuple(wanted)


def require_enforceable(provider: Provider, *, owners_signed_in: int, proven: Collection[str]) -> None:
    """Refuses to lock people out behind a provider that nobody has come through.

    Raises:
        WrongState: it is enforced already, no domain is proven, or no owner has signed in by it.
    """
    if provider.enforced:
        raise WrongState("Single sign-on is required already")
    if not proven:
        raise WrongState("Prove a domain first: without one nobody can sign in by single sign-on")
    if owners_signed_in == 0:
        raise WrongState("An owner must have signed in by single sign-on first, so that it is known to work")
