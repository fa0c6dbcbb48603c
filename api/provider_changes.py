"""What a provider key becomes by what a door was given, and what is written down of it."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from fastapi import Request
from pydantic import SecretStr

from api.provider_credential_shapes import CredentialChange, NewCredential
from api.security import Principal, actor_of
from db import audit
from db.engine import Tx
from domain.audit import Entry
from domain.errors import Invalid
from domain.ids import new_id, show
from domain.model_provider import PROVIDERS
from domain.provider_credential import (
    LONGEST_NAME,
    ProviderCredential,
    base_url_spelled,
    last_four,
    origin_of,
    secret_spelled,
)
from domain.spelling import name_spelled
from gateways.settings import Settings


def made(
    request: Request, organization_id: UUID, project_id: UUID | None, body: NewCredential
) -> tuple[ProviderCredential, str]:
    """A new one, and its secret.

    Raises:
        Invalid: name, address or secret cannot be one.
    """
    now, secret = datetime.now(UTC), secret_spelled(body.secret.get_secret_value())
    fresh = ProviderCredential(
        id=new_id(),
        organization_id=organization_id,
        project_id=project_id,
        provider=body.provider,
        name=name_spelled(body.name, longest=LONGEST_NAME),
        base_url=base_url_spelled(body.base_url, PROVIDERS[body.provider], strict=_strict(request)),
        last_four=last_four(secret),
        version=1,
        rotated_at=now,
        created_at=now,
        updated_at=now,
    )
    return fresh, secret


def changed(
    request: Request, before: ProviderCredential, body: CredentialChange
) -> tuple[ProviderCredential, str | None]:
    """The same with what the door was given, and its new secret if it has one.

    Raises:
        Invalid: name, address or secret cannot be one, or the secret kept would go to another host.
    """
    secret = _given(body.secret)
    base_url = before.base_url
    if body.base_url is not None:
        base_url = base_url_spelled(body.base_url, before.host, strict=_strict(request))
    # The key kept was given for one host, and is not handed to whoever is named next.
    if secret is None and origin_of(base_url) != origin_of(before.base_url):
        raise Invalid("secret: enter the key for this address; the one kept was given for another host")
    after = replace(
        before,
        name=before.name if body.name is None else name_spelled(body.name, longest=LONGEST_NAME),
        base_url=base_url,
        enabled=before.enabled if body.enabled is None else body.enabled,
        updated_at=datetime.now(UTC),
    )
    if secret is not None:
        return after.rotated(secret, now=after.updated_at), secret
    same = base_url == before.base_url and after.enabled <= before.enabled
    return (after if same else after.unchecked()), None


async def note(
    tx: Tx,
    request: Request,
    by: Principal,
    action: str,
    before: ProviderCredential | None,
    after: ProviderCredential | None,
) -> None:
    """Writes an act to the audit log, without the key."""
    known = after or before
    if known is None:
        return
    target = show("cred", known.id)
    entry = Entry(action, "provider_credential", target, known.organization_id, _facts(before), _facts(after))
    await audit.append(tx, [entry], actor=actor_of(request, by))


def _facts(credential: ProviderCredential | None) -> dict[str, object] | None:
    """What the audit log keeps."""
    if credential is None:
        return None
    names = ("provider", "name", "base_url", "enabled", "version", "last_four")
    project = credential.project_id and show("prj", credential.project_id)
    return {**{name: getattr(credential, name) for name in names}, "project_id": project}


def _given(secret: SecretStr | None) -> str | None:
    """The secret that was entered; an empty field of a form means none."""
    text = secret.get_secret_value().strip() if secret is not None else ""
    return secret_spelled(text) if text else None


def _strict(request: Request) -> bool:
    """Whether this is no installation for development."""
    settings: Settings = request.app.state.settings
    return settings.strict
