"""The shapes of single sign-on at the doors."""

from datetime import datetime

from pydantic import BaseModel, Field

from domain.sign_on import JoiningRole, Provider


class Setup(BaseModel):
    """An organization's provider, as it is set up there for us."""

    issuer: str = Field(max_length=500, examples=["https://login.acme.example"])
    client_id: str = Field(max_length=300, min_length=1)
    client_secret: str | None = Field(
        None, max_length=1000, min_length=1, description="Left out: the one kept; needed with another issuer"
    )
    default_role: JoiningRole = "member"
    allowed_domains: list[str] = Field(
        default_factory=list, max_length=50, description="Proven domains; none given allows them all"
    )


class ShownSignOn(BaseModel):
    """How an organization's people sign in; the client's secret is never shown."""

    set_up: bool
    redirect_uri: str = Field(description="Register exactly this address at the provider")
    issuer: str | None = None
    client_id: str | None = None
    default_role: JoiningRole | None = None
    allowed_domains: list[str] = []
    proven_domains: list[str] = []
    enforced: bool = False
    owners_signed_in: int = Field(
        0, description="Owners who have come in through it; one is needed to enforce it"
    )
    used_at: datetime | None = None
    updated_at: datetime | None = None


class Finding(BaseModel):
    """One thing that was tried."""

    what: str
    good: bool
    detail: str


class Tried(BaseModel):
    """What trying a provider has shown."""

    good: bool
    findings: list[Finding]


def shown(
    provider: Provider | None, *, redirect_uri: str, proven: frozenset[str], owners: int
) -> ShownSignOn:
    """The setup as the door shows it."""
    if provider is None:
        return ShownSignOn(set_up=False, redirect_uri=redirect_uri, proven_domains=sorted(proven))
    return ShownSignOn(
        set_up=True,
        redirect_uri=redirect_uri,
        issuer=provider.endpoints.issuer,
        client_id=provider.client_id,
        default_role=provider.default_role,
        allowed_domains=list(provider.allowed_domains),
        proven_domains=sorted(proven),
        enforced=provider.enforced,
        owners_signed_in=owners,
        used_at=provider.used_at,
        updated_at=provider.updated_at,
    )
