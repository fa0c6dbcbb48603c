"""The provider that an organization sets up: asked what it can do, changed with care, its secret sealed."""

from datetime import UTC, datetime
from uuid import UUID

from starlette.requests import Request

from api.security import identities_of
from api.sign_on_shapes import Finding, Setup
from domain.errors import Invalid, NotFound, WrongState
from domain.ids import new_id
from domain.sign_on import Endpoints, Provider, allowed_domains
from gateways.errors import Refused, Unavailable
from gateways.oidc import Oidc
from gateways.sealing import Seal


async def discovered(request: Request, issuer: str) -> Endpoints:
    """What the provider says of itself.

    Raises:
        Invalid: it is none that we can use.
    """
    oidc: Oidc = request.app.state.oidc
    try:
        return await oidc.discover(issuer)
    except Refused as refused:
        raise Invalid(refused.detail) from refused


async def asked(request: Request, provider: Provider) -> list[Finding]:
    """What asking the provider again shows."""
    oidc: Oidc = request.app.state.oidc
    issuer, what = provider.endpoints.issuer, "The provider says what it can do"
    try:
        endpoints = await oidc.discover(issuer)
        keys = (await oidc.keys(endpoints)).get("keys")
    except (Refused, Unavailable) as fault:
        return [Finding(what=what, good=False, detail=fault.detail)]
    same = endpoints == provider.endpoints
    told = issuer if same else "it has moved; save the settings again"
    count = len(keys) if isinstance(keys, list) else 0
    return [
        Finding(what=what, good=same, detail=told),
        Finding(what="It publishes keys", good=count > 0, detail=f"{count} of them"),
    ]


def changed(
    request: Request,
    organization_id: UUID,
    body: Setup,
    endpoints: Endpoints,
    before: Provider | None,
    proven: frozenset[str],
) -> Provider:
    """The provider as it shall be kept.

    Raises:
        Invalid: the secret is missing, or a domain is not proven.
        WrongState: another provider while signing in by the present one is required.
    """
    same = before is not None and (before.endpoints.issuer, before.client_id) == (
        endpoints.issuer,
        body.client_id,
    )
    if before is not None and before.enforced and not same:
        raise WrongState("Single sign-on is required; lift the requirement before changing the provider")
    # The secret kept was given for one provider, and is not handed to whoever is named next.
    if body.client_secret is None and not same:
        raise Invalid("client_secret: enter the secret of this provider")
    now, sealed = datetime.now(UTC), before.sealed_secret if before and same else ""
    if body.client_secret is not None:
        sealed = _seal(request).close(body.client_secret, place=_place(organization_id))
    return Provider(
        id=before.id if before and same else new_id(),
        organization_id=organization_id,
        client_id=body.client_id,
        sealed_secret=sealed,
        endpoints=endpoints,
        default_role=body.default_role,
        allowed_domains=allowed_domains(body.allowed_domains, proven=proven),
        enforced=before.enforced if before else False,
        created_at=before.created_at if before else now,
        updated_at=now,
        used_at=before.used_at if before and same else None,
    )


def existing(provider: Provider | None) -> Provider:
    """The provider.

    Raises:
        NotFound: none is set up.
    """
    if provider is None:
        raise NotFound("Single sign-on is not set up")
    return provider


def secret_of(request: Request, provider: Provider) -> str:
    """The client's secret at the provider.

    Raises:
        WrongState: it was sealed under another secret of the installation.
    """
    found = _seal(request).opened(provider.sealed_secret, place=_place(provider.organization_id))
    if found is None:
        raise WrongState("The client secret can no longer be read; enter it again")
    return found


def _seal(request: Request) -> Seal:
    """Seals the secrets of clients at providers."""
    return Seal(identities_of(request).pepper, purpose="secrets at sign-on providers")


def _place(organization_id: UUID) -> str:
    """What a client's secret is sealed for."""
    return f"sign-on of {organization_id.hex}"
