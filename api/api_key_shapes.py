"""What API keys look like at the door."""

from datetime import UTC, datetime

from pydantic import BaseModel, Field

from domain.api_key import LONGEST_OVERLAP, ApiKey, KeyState
from domain.ids import show
from domain.key_form import KeyKind
from domain.principal import Environment


class NewKey(BaseModel):
    """A key to be made."""

    name: str = Field(max_length=400, examples=["Gateway, production"])
    scopes: list[str] = Field(min_length=1, max_length=60, examples=[["usage:write"]])
    environment: Environment = "live"
    project_id: str | None = Field(
        None,
        max_length=64,
        description="Narrows the key to one project; it then takes scopes about a project only, none that reaches beyond",
    )
    expires_at: datetime | None = Field(None, description="With a time zone; null means never")
    kind: KeyKind = Field("secret", description="A publishable key stands openly in web pages")
    origins: list[str] = Field(
        default_factory=list,
        max_length=40,
        description="The pages a publishable key works in",
        examples=[["https://www.acme.example"]],
    )


class Rotation(BaseModel):
    """How long the old key keeps working."""

    overlap_seconds: int = Field(24 * 3600, ge=0, le=int(LONGEST_OVERLAP.total_seconds()))
    expires_at: datetime | None = Field(
        None, description="When the successor ends; null: it lives as long as the old one was made for"
    )


class ShownKey(BaseModel):
    """A key without its secret."""

    id: str
    organization_id: str | None = Field(description="null for a staff key")
    project_id: str | None
    name: str
    environment: Environment
    kind: KeyKind
    state: KeyState = Field(description="A rotated key works until its overlap ends")
    prefix: str = Field(description="How the secret begins")
    public_key: str | None = Field(description="A publishable key itself; null for a secret one")
    origins: list[str]
    scopes: list[str]
    created_by: str
    created_by_id: str | None = Field(description="Whose account made it")
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    replaced_by: str | None
    last_used_at: datetime | None
    last_used_ip: str | None


class FreshKey(ShownKey):
    """A key with its secret, which is never shown again."""

    secret: str


def shown(key: ApiKey) -> ShownKey:
    """The key as the door shows it."""
    derived = {
        "id": show("key", key.id),
        "organization_id": key.organization_id and show("org", key.organization_id),
        "project_id": key.project_id and show("prj", key.project_id),
        "replaced_by": key.replaced_by and show("key", key.replaced_by),
        "created_by_id": key.created_by_user and show("usr", key.created_by_user),
        "state": key.state(datetime.now(UTC)),
        "public_key": key.public_key or None,
        "last_used_ip": key.last_used_ip or None,
    }
    facts = {name: getattr(key, name) for name in ShownKey.model_fields if name not in derived}
    return ShownKey.model_validate({**facts, **derived})
