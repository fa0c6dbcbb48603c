"""The parts of the settings, each knowing the variables it is read from."""

from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Literal, Self

from gateways.settings.environment import Environment

NANOS = 10**9
SANDBOX_API_KEY = "sk_test_sandbox"
SANDBOX_WEBHOOK_SECRET = "whsec_sandbox"  # noqa: S105 — the local sandbox's, refused in production
SANDBOX_API_BASE = "http://127.0.0.1:8020"
STRIPE_API_BASE = "https://api.stripe.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Temporal:
    """Where the durable processes live. `task_queue_prefix` goes before every task queue's name."""

    address: str
    namespace: str
    api_key: str | None = field(repr=False)
    tls: bool
    ui_url: str | None
    task_queue_prefix: str

    @classmethod
    def read(cls, source: Environment) -> Self:
        """Read the cluster; faults are remembered in `source`."""
        api_key = source.secret("TEMPORAL_API_KEY")
        address = source.text("TEMPORAL_ADDRESS", "127.0.0.1:7233")
        if not address.rpartition(":")[2].isdigit() or "/" in address:
            source.fault("TEMPORAL_ADDRESS", f"is {address!r}; write it as host:port, without a scheme")
        return cls(
            address=address,
            namespace=source.text("TEMPORAL_NAMESPACE", "default"),
            api_key=api_key,
            tls=source.flag("TEMPORAL_TLS", default=api_key is not None),
            ui_url=source.url("TEMPORAL_UI_URL", None, ("https", "http")),
            task_queue_prefix=source.text("BACKOFFICE_TASK_QUEUE_PREFIX", "backoffice"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Stripe:
    """The payment provider. Every webhook secret is accepted, so that one can be rotated out."""

    api_key: str = field(repr=False)
    webhook_secrets: tuple[str, ...] = field(repr=False)
    api_base: str

    @classmethod
    def read(cls, source: Environment) -> Self:
        """Read the account, or the sandbox when no key is given; faults are remembered in `source`."""
        api_key = source.secret("STRIPE_API_KEY")
        secrets = source.secret("STRIPE_WEBHOOK_SECRETS") or ("" if api_key else SANDBOX_WEBHOOK_SECRET)
        base = source.url(
            "STRIPE_API_BASE", STRIPE_API_BASE if api_key else SANDBOX_API_BASE, ("https", "http")
        )
        return cls(
            api_key=api_key or SANDBOX_API_KEY,
            webhook_secrets=tuple(part.strip() for part in secrets.split(",") if part.strip()),
            api_base=base or STRIPE_API_BASE,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """How mail leaves. With neither SendGrid nor SMTP it stays in the outbox page."""

    sender: str
    reply_to: str | None
    sendgrid_api_key: str | None = field(repr=False)
    sendgrid_webhook_public_key: str | None
    smtp_url: str | None = field(repr=False)

    @property
    def transport(self) -> Literal["sendgrid", "smtp", "outbox"]:
        """The way that is used."""
        if self.sendgrid_api_key:
            return "sendgrid"
        return "smtp" if self.smtp_url else "outbox"

    @classmethod
    def read(cls, source: Environment) -> Self:
        """Read the way of the mail; faults are remembered in `source`."""
        smtp_url = source.secret("SMTP_URL")
        if smtp_url and not smtp_url.startswith(("smtp://", "smtps://", "smtp+starttls://")):
            source.fault(
                "SMTP_URL", "write it as smtp://, smtps:// or smtp+starttls://user:password@host:port"
            )
        return cls(
            sender=source.text("MAIL_FROM", "Backoffice <billing@backoffice.example>"),
            reply_to=source.optional("MAIL_REPLY_TO"),
            sendgrid_api_key=source.secret("SENDGRID_API_KEY"),
            sendgrid_webhook_public_key=source.secret("SENDGRID_WEBHOOK_PUBLIC_KEY"),
            smtp_url=smtp_url,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalEntity:
    """Who issues the invoices. `code` names its gapless number series, `number_prefix` begins each number.

    `residency_note`, `subprocessors` and `data_contact` are what clients are told about their data.
    """

    code: str
    name: str
    address_lines: tuple[str, ...]
    country: str
    tax_id: str | None
    number_prefix: str
    logo_path: Path | None
    legal_text: str
    bank_details: tuple[str, ...]
    email: str
    residency_note: str
    subprocessors: tuple[str, ...]
    data_contact: str

    @classmethod
    def read(cls, source: Environment) -> Self:
        """Read the issuer; faults are remembered in `source`."""
        logo = source.optional("LEGAL_LOGO_PATH")
        if logo and not Path(logo).is_file():
            source.fault("LEGAL_LOGO_PATH", f"{logo} is no file; name an SVG or PNG")
        country = source.text("LEGAL_COUNTRY", "US").upper()
        if len(country) != 2 or not country.isalpha():
            source.fault("LEGAL_COUNTRY", f"is {country!r}; use the two letters of ISO 3166")
        return cls(
            code=source.text("LEGAL_CODE", "main"),
            name=source.text("LEGAL_NAME", "Backoffice Example Inc."),
            address_lines=source.listed("LEGAL_ADDRESS", "|")
            or ("1 Example Street", "San Francisco, CA 94105"),
            country=country,
            tax_id=source.optional("LEGAL_TAX_ID"),
            number_prefix=source.text("LEGAL_NUMBER_PREFIX", "BO-"),
            logo_path=Path(logo) if logo else None,
            legal_text=source.text("LEGAL_TEXT"),
            bank_details=source.listed("LEGAL_BANK_DETAILS", "|")
            or ("Bank: Example Bank", "Routing: 110000000", "Account: 000123456789"),
            email=source.text("LEGAL_EMAIL", "billing@backoffice.example"),
            residency_note=source.text("LEGAL_RESIDENCY_NOTE"),
            subprocessors=source.listed("LEGAL_SUBPROCESSORS", "|"),
            data_contact=source.text(
                "LEGAL_DATA_CONTACT", source.text("LEGAL_EMAIL", "billing@backoffice.example")
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Billing:
    """The rules of the month-end. Amounts are nanos of the invoice's own currency."""

    payment_terms_days: int
    dunning_days: tuple[int, ...]
    anomaly_ratio: Decimal
    anomaly_minimum_nanos: int
    anomaly_share: Decimal
    review_threshold_nanos: int | None

    @classmethod
    def read(cls, source: Environment) -> Self:
        """Read the rules; faults are remembered in `source`."""
        review = source.optional("BILLING_REVIEW_THRESHOLD")
        return cls(
            payment_terms_days=source.whole("BILLING_PAYMENT_TERMS_DAYS", 14, most=365),
            dunning_days=source.wholes("BILLING_DUNNING_DAYS", (3, 7, 14)),
            anomaly_ratio=source.decimal("BILLING_ANOMALY_RATIO", "3.0"),
            anomaly_minimum_nanos=int(source.decimal("BILLING_ANOMALY_MINIMUM", "100") * NANOS),
            anomaly_share=source.decimal("BILLING_ANOMALY_SHARE", "0.05"),
            review_threshold_nanos=int(source.decimal("BILLING_REVIEW_THRESHOLD", "0") * NANOS)
            if review
            else None,
        )
