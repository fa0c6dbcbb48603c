"""Everything the product can be told, as one frozen object read once from the environment by an entrance.

`Settings.read(os.environ)` reports all faults together (`BadSettings`). Outside production every value has a
working default; staging and production refuse to start with a missing or a development secret.
The variables are listed in docs/configuration.md.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, cast

from domain.privacy_terms import PrivacyTerms
from gateways.settings.environment import BadSettings, Environment
from gateways.settings.privacy import read_privacy
from gateways.settings.secrets import (
    DEVELOPMENT_KEY_PEPPER,
    DEVELOPMENT_SESSION_SECRET,
    database_url,
    long_secret,
    payload_key,
)
from gateways.settings.sections import (
    SANDBOX_API_KEY,
    SANDBOX_WEBHOOK_SECRET,
    STRIPE_API_BASE,
    Billing,
    LegalEntity,
    Mail,
    Stripe,
    Temporal,
)

__all__ = [
    "DEVELOPMENT_KEY_PEPPER",
    "DEVELOPMENT_SESSION_SECRET",
    "SANDBOX_WEBHOOK_SECRET",
    "BadSettings",
    "Billing",
    "LegalEntity",
    "Mail",
    "Settings",
    "Stripe",
    "Temporal",
]

ENVIRONMENTS = ("development", "staging", "production")
# What has no default outside development: an invented bank account on an invoice would take the client's money.
REQUIRED = (
    "DATABASE_URL",
    "TEMPORAL_ADDRESS",
    "BACKOFFICE_PUBLIC_URL",
    "STRIPE_API_KEY",
    "MAIL_FROM",
    "LEGAL_NAME",
    "LEGAL_ADDRESS",
    "LEGAL_COUNTRY",
    "LEGAL_BANK_DETAILS",
    "LEGAL_EMAIL",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One reading of the environment; entrances read it and pass the parts on."""

    env: Literal["development", "staging", "production"]
    database_url: str = field(repr=False)
    db_pool_size: int
    worker_db_pool_size: int
    usage_connections: int
    usage_commit_records: int
    temporal: Temporal
    public_url: str
    api_host: str
    api_port: int
    key_pepper: str = field(repr=False)
    session_secret: str = field(repr=False)
    dns_server: tuple[str, int] | None
    payload_key: bytes | None = field(repr=False)
    self_registration: bool
    passwords_at_once: int
    invite_days: int
    stripe: Stripe
    mail: Mail
    legal_entity: LegalEntity
    billing: Billing
    privacy: PrivacyTerms
    log_level: str
    log_format: Literal["auto", "json", "console"]
    worker_metrics_port: int | None

    @property
    def strict(self) -> bool:
        """True in staging and production: no development secret and no development convenience."""
        return self.env != "development"

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> "Settings":
        """Read and check everything.

        Raises:
            BadSettings: with every fault, each naming its variable and the remedy.
        """
        source = Environment(environ)
        settings = _settings(source)
        if settings.strict:
            _refuse_development(source, settings)
        source.check()
        return settings


def _settings(source: Environment) -> Settings:
    host = source.text("BACKOFFICE_HOST", "127.0.0.1")
    port = source.whole("BACKOFFICE_PORT", 8000, least=1, most=65535)
    level = source.choice("BACKOFFICE_LOG_LEVEL", ("debug", "info", "warning", "error"), "info")
    env = source.choice("BACKOFFICE_ENV", ENVIRONMENTS, "development")
    log_format = source.choice("BACKOFFICE_LOG_FORMAT", ("auto", "json", "console"), "auto")
    return Settings(
        env=cast("Literal['development', 'staging', 'production']", env),
        database_url=database_url(source),
        db_pool_size=source.whole("BACKOFFICE_DB_POOL_SIZE", 10, least=1, most=500),
        worker_db_pool_size=source.whole("BACKOFFICE_WORKER_DB_POOL_SIZE", 8, least=4, most=500),
        usage_connections=source.whole("BACKOFFICE_USAGE_CONNECTIONS", 2, least=1, most=64),
        usage_commit_records=source.whole("BACKOFFICE_USAGE_COMMIT_RECORDS", 5000, least=1, most=100_000),
        temporal=Temporal.read(source),
        public_url=source.url("BACKOFFICE_PUBLIC_URL", f"http://{host}:{port}", ("https", "http")) or "",
        api_host=host,
        api_port=port,
        key_pepper=long_secret(source, "BACKOFFICE_KEY_PEPPER", DEVELOPMENT_KEY_PEPPER),
        session_secret=long_secret(source, "BACKOFFICE_SESSION_SECRET", DEVELOPMENT_SESSION_SECRET),
        dns_server=source.server("BACKOFFICE_DNS_SERVER", port=53),
        payload_key=payload_key(source),
        self_registration=source.flag("BACKOFFICE_SELF_REGISTRATION", default=env == "development"),
        invite_days=source.whole("BACKOFFICE_INVITE_DAYS", 7, least=1, most=90),
        passwords_at_once=source.whole("BACKOFFICE_PASSWORDS_AT_ONCE", _spare_cores(), least=1, most=64),
        stripe=Stripe.read(source),
        mail=Mail.read(source),
        legal_entity=LegalEntity.read(source),
        billing=Billing.read(source),
        privacy=read_privacy(source),
        log_level=level,
        log_format=cast("Literal['auto', 'json', 'console']", log_format),
        worker_metrics_port=source.whole("BACKOFFICE_WORKER_METRICS_PORT", 0, most=65535) or None,
    )


def _spare_cores() -> int:
    """All cores but one: hashing a password keeps one busy, and pages need one, too."""
    return max(1, (os.cpu_count() or 2) - 1)


def _refuse_development(source: Environment, settings: Settings) -> None:
    for name in REQUIRED:
        if not source.given(name):
            source.fault(name, f"is missing; {settings.env} needs it")
    if settings.key_pepper == DEVELOPMENT_KEY_PEPPER:
        source.fault(
            "BACKOFFICE_KEY_PEPPER", "is the development secret; make one with: openssl rand -base64 48"
        )
    if settings.session_secret == DEVELOPMENT_SESSION_SECRET:
        source.fault(
            "BACKOFFICE_SESSION_SECRET", "is the development secret; make one with: openssl rand -base64 48"
        )
    if not settings.public_url.startswith("https://"):
        source.fault("BACKOFFICE_PUBLIC_URL", "is not https; browsers and Stripe must reach it encrypted")
    _refuse_sandbox(source, settings)
    if settings.mail.transport == "outbox":
        source.fault("SENDGRID_API_KEY", "is missing, and SMTP_URL too; set one, or no mail leaves")


def _refuse_sandbox(source: Environment, settings: Settings) -> None:
    stripe = settings.stripe
    if stripe.api_base != STRIPE_API_BASE or stripe.api_key == SANDBOX_API_KEY:
        source.fault("STRIPE_API_BASE", f"is not Stripe; leave it unset in {settings.env}")
    if settings.env == "production" and stripe.api_key.startswith(("sk_test_", "rk_test_")):
        source.fault(
            "STRIPE_API_KEY", "is a test key; production needs the live one (staging takes test keys)"
        )
    if not stripe.webhook_secrets:
        source.fault("STRIPE_WEBHOOK_SECRETS", "is missing; copy the endpoint's signing secret from Stripe")
