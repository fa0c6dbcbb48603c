"""An organization's own keys at providers of models: for all of it, or for one project.

A key is kept sealed and never shown again but for its last four characters. Whether the provider accepts it is
its readiness, found when it is saved, when somebody asks, and every day.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import urlsplit
from uuid import UUID

from domain.errors import Invalid
from domain.model_provider import PROVIDERS, ModelProvider, ProviderCode

Readiness = Literal["unchecked", "ready", "refused", "unreachable", "limited"]
CHECKED_EVERY = timedelta(hours=24)
MOST_CREDENTIALS = 100
SHORTEST_SECRET, LONGEST_SECRET = 12, 1000
LONGEST_NAME = 100
LONGEST_BASE_URL = 300
LONGEST_REASON = 400
_SHOWN_CHARACTERS = 4
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True)
class Finding:
    """What asking a provider has shown; `reason` is for people and never the provider's own words."""

    readiness: Readiness
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderCredential:
    """A key at a provider, without the key.

    Without `project_id` it is for the whole organization. `version` counts the secrets it has had;
    `ready_at` is when the provider last accepted this one, None once it was refused.
    """

    id: UUID
    organization_id: UUID
    project_id: UUID | None
    provider: ProviderCode
    name: str
    base_url: str
    last_four: str
    version: int
    rotated_at: datetime
    created_at: datetime
    updated_at: datetime
    enabled: bool = True
    readiness: Readiness = "unchecked"
    reason: str = ""
    checked_at: datetime | None = None
    ready_at: datetime | None = None

    @property
    def host(self) -> ModelProvider:
        """Its provider, and how that is spoken to."""
        return PROVIDERS[self.provider]

    @property
    def called(self) -> str:
        """How people know whom it is a key of: by the host, where there is no better name."""
        own = self.provider == "openai_compatible"
        return urlsplit(self.base_url).hostname or self.host.label if own else self.host.label

    @property
    def place(self) -> str:
        """What its secret is sealed for: this row and this version of its secret."""
        return f"{self.organization_id.hex} {self.id.hex} {self.version}"

    def rotated(self, secret: str, *, now: datetime) -> "ProviderCredential":
        """The same with another secret, of which nothing is known yet."""
        version = self.version + 1
        fresh = replace(self, last_four=last_four(secret), version=version, rotated_at=now, updated_at=now)
        return fresh.unchecked()

    def unchecked(self) -> "ProviderCredential":
        """The same, of which nothing is known yet."""
        return replace(self, readiness="unchecked", reason="", checked_at=None, ready_at=None)

    def found(self, finding: Finding, *, now: datetime) -> "ProviderCredential":
        """The same with what was found about it now."""
        ready_at = {"ready": now, "refused": None}.get(finding.readiness, self.ready_at)
        reason = finding.reason[:LONGEST_REASON]
        checked = replace(self, readiness=finding.readiness, reason=reason, checked_at=now)
        return replace(checked, ready_at=ready_at)

    def stopped_working(self, before: "ProviderCredential") -> bool:
        """Whether its key was accepted before and is refused now: worth a letter, once."""
        return self.readiness == "refused" and before.ready_at is not None


def in_force(found: Iterable[ProviderCredential], project_id: UUID | None) -> list[ProviderCredential]:
    """Those of an organization's that requests of a project are made with; without one, of no project.

    A project's own stand in for those that the organization has at the same provider.
    """
    enabled = [each for each in found if each.enabled and each.project_id in (None, project_id)]
    own = {each.provider for each in enabled if each.project_id is not None}
    return [each for each in enabled if each.project_id is not None or each.provider not in own]


def last_four(secret: str) -> str:
    """All that is ever shown of a key again."""
    return secret[-_SHOWN_CHARACTERS:]


def secret_spelled(text: str) -> str:
    """The key without blanks around it.

    Raises:
        Invalid: it cannot be one; the message never repeats it.
    """
    secret = text.strip()
    if not SHORTEST_SECRET <= len(secret) <= LONGEST_SECRET:
        raise Invalid(f"secret: a key has {SHORTEST_SECRET} to {LONGEST_SECRET} characters; copy it again")
    if not secret.isascii() or not secret.isprintable() or " " in secret:
        raise Invalid("secret: a key has letters, digits and signs only, and no blanks; copy it again")
    return secret


def base_url_spelled(text: str, provider: ModelProvider, *, strict: bool) -> str:
    """Where the provider is asked, without a slash at its end; its own address when nothing is given.

    `strict` is every installation but one for development: there the machine itself may be asked without TLS.

    Raises:
        Invalid: it is no such address, or one is needed; the message says what to write.
    """
    given = text.strip().rstrip("/")
    if not given and provider.base_url:
        return provider.base_url
    example = provider.example or provider.base_url
    if not given:
        raise Invalid(
            f"base_url: {provider.label} has another address for each account; write it, for example {example}"
        )
    if not _is_address(given, strict=strict):
        raise Invalid(
            f"base_url: write an https:// address with a host and nothing behind its path, for example {example}"
        )
    return given


def origin_of(base_url: str) -> str:
    """Whom a key would be handed to: scheme, host and port of an address that was spelled."""
    parts = urlsplit(base_url)
    return f"{parts.scheme}://{(parts.hostname or '').lower()}:{parts.port or parts.scheme}"


def _is_address(text: str, *, strict: bool) -> bool:
    """Whether a host can be asked there, without a secret going over the wire in the clear."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    plain = text.isascii() and text.isprintable() and not any(sign in text for sign in ' "\\<>^`{|}?#@')
    local = parts.scheme == "http" and host in _LOOPBACK and not strict
    protected = parts.scheme == "https" or local
    return plain and protected and bool(host) and port != 0 and len(text) <= LONGEST_BASE_URL
