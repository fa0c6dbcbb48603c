"""The shapes of provider keys at the doors; a key goes in and never comes out."""

from datetime import datetime

from pydantic import BaseModel, Field, SecretStr

from api.paging import Whole
from domain.ids import show
from domain.model_provider import PROVIDERS, ModelProvider, ProviderCode
from domain.provider_credential import LONGEST_BASE_URL, ProviderCredential, Readiness


class NewCredential(BaseModel):
    """A key to be kept, for the whole organization or for one of its projects."""

    provider: ProviderCode = Field(examples=["openai_compatible"])
    name: str = Field(max_length=400, examples=["Production"])
    secret: SecretStr = Field(
        max_length=2000, description="The key itself; it is sealed and never shown again"
    )
    base_url: str = Field(
        "",
        max_length=2 * LONGEST_BASE_URL,
        description="Left out: the provider's own address. Needed where each account has another one",
        examples=["http://127.0.0.1:9/v1"],
    )
    project_id: str | None = Field(
        None, max_length=64, description="Left out: for the whole organization", examples=[""]
    )


class CredentialChange(BaseModel):
    """What to change; what is left out stays."""

    name: str | None = Field(None, max_length=400)
    base_url: str | None = Field(None, max_length=2 * LONGEST_BASE_URL)
    enabled: bool | None = None
    secret: SecretStr | None = Field(
        None,
        max_length=2000,
        description="Needed with the address of another host: the key kept was given for the present one",
    )


class NewSecret(BaseModel):
    """The key that replaces the present one."""

    secret: SecretStr = Field(max_length=2000)


class ShownCredential(BaseModel):
    """A provider key without the key."""

    id: str
    organization_id: str
    project_id: str | None = Field(description="null: for the whole organization")
    provider: ProviderCode
    provider_name: str
    name: str
    base_url: str
    last_four: str = Field(description="All that is ever shown of the key")
    version: int = Field(description="Counts the keys it has had")
    rotated_at: datetime = Field(description="When the present key was entered")
    enabled: bool
    readiness: Readiness = Field(
        description="What the provider said last: `ready` it accepts the key, `refused` it does not, `limited` it takes "
        "no more requests at the moment, `unreachable` it gave no usable answer"
    )
    reason: str
    checked_at: datetime | None
    ready_at: datetime | None = Field(description="When the provider last accepted the key")
    created_at: datetime
    updated_at: datetime


class Credentials(Whole[ShownCredential]):
    """An organization's provider keys."""


class ShownProvider(BaseModel):
    """A provider that we know."""

    provider: ProviderCode
    name: str
    base_url: str | None = Field(description="null: each account has another one")
    example: str | None = Field(description="What such an address looks like")


class ShownProviders(Whole[ShownProvider]):
    """Every provider that we know."""


def shown(credential: ProviderCredential) -> ShownCredential:
    """A provider key as the door shows it."""
    derived = {
        "id": show("cred", credential.id),
        "organization_id": show("org", credential.organization_id),
        "project_id": credential.project_id and show("prj", credential.project_id),
        "provider_name": credential.host.label,
    }
    facts = {name: getattr(credential, name) for name in ShownCredential.model_fields if name not in derived}
    return ShownCredential.model_validate({**facts, **derived})


def shown_providers() -> ShownProviders:
    """The providers as the door shows them."""
    return ShownProviders(items=[_shown(provider) for provider in PROVIDERS.values()])


def _shown(provider: ModelProvider) -> ShownProvider:
    return ShownProvider(
        provider=provider.code,
        name=provider.label,
        base_url=provider.base_url or None,
        example=provider.example or None,
    )
