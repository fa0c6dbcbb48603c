import re
from decimal import Decimal
from pathlib import Path

import pytest

from gateways.settings import BadSettings, Settings
from gateways.settings.sections import SANDBOX_API_BASE, STRIPE_API_BASE

PEPPER = "p" * 32
DEPLOY = Path(__file__).parent.parent.parent / "deploy"
PRODUCTION = {
    "BACKOFFICE_ENV": "production",
    "DATABASE_URL": "postgresql://app:secret@db/backoffice",
    "TEMPORAL_ADDRESS": "backoffice.a1b2c.tmprl.cloud:7233",
    "TEMPORAL_NAMESPACE": "backoffice.a1b2c",
    "TEMPORAL_API_KEY": "temporal-key",
    "BACKOFFICE_PUBLIC_URL": "https://billing.example.com/",
    "BACKOFFICE_KEY_PEPPER": PEPPER,
    "BACKOFFICE_SESSION_SECRET": "s" * 32,
    "STRIPE_API_KEY": "sk_live_1",
    "STRIPE_WEBHOOK_SECRETS": "whsec_new, whsec_old",
    "SENDGRID_API_KEY": "SG.1",
    "MAIL_FROM": "Example GmbH <billing@example.com>",
    "LEGAL_NAME": "Example GmbH",
    "LEGAL_ADDRESS": "Beispielweg 1|10115 Berlin",
    "LEGAL_COUNTRY": "DE",
    "LEGAL_BANK_DETAILS": "IBAN: DE89 3704 0044 0532 0130 00",
    "LEGAL_EMAIL": "billing@example.com",
}


def faults(environ: dict[str, str]) -> list[str]:
    with pytest.raises(BadSettings) as caught:
        Settings.read(environ)
    return [fault.split(":")[0] for fault in caught.value.faults]


def test_development_needs_no_variable() -> None:
    settings = Settings.read({})
    assert settings.stripe.api_base == SANDBOX_API_BASE
    assert settings.mail.transport == "outbox"
    assert settings.public_url == "http://127.0.0.1:8000"
    assert settings.billing.dunning_days == (3, 7, 14)
    assert settings.billing.anomaly_ratio == Decimal("3.0")
    assert settings.billing.anomaly_share == Decimal("0.05")


def test_a_complete_production_environment_is_taken() -> None:
    settings = Settings.read(PRODUCTION)
    assert settings.strict
    assert settings.temporal.tls
    assert settings.stripe.webhook_secrets == ("whsec_new", "whsec_old")
    assert settings.public_url == "https://billing.example.com"
    assert settings.stripe.api_base == STRIPE_API_BASE


def test_all_faults_are_told_at_once_with_variable_and_remedy() -> None:
    environ = {"BACKOFFICE_PORT": "eighty", "BILLING_DUNNING_DAYS": "7,3", "DATABASE_URL": "mysql://x"}
    with pytest.raises(BadSettings) as caught:
        Settings.read(environ)
    message = str(caught.value)
    assert "BACKOFFICE_PORT: is 'eighty'; use a whole number from 1 to 65535" in message
    assert "BILLING_DUNNING_DAYS: is '7,3'; use rising whole numbers such as 3,7,14" in message
    assert (
        "DATABASE_URL: is not PostgreSQL's; write it as postgresql://user:password@host/database" in message
    )


@pytest.mark.parametrize(
    "name", sorted(PRODUCTION.keys() - {"BACKOFFICE_ENV", "TEMPORAL_NAMESPACE", "TEMPORAL_API_KEY"})
)
def test_production_refuses_to_start_without(name: str) -> None:
    given = {key: value for key, value in PRODUCTION.items() if key != name}
    assert name in faults(given)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BACKOFFICE_KEY_PEPPER", "development-key-pepper-not-for-production"),
        ("BACKOFFICE_SESSION_SECRET", "development-session-secret-not-for-production"),
        ("BACKOFFICE_PUBLIC_URL", "http://billing.example.com"),
        ("STRIPE_API_KEY", "sk_test_1"),
        ("STRIPE_API_BASE", "http://127.0.0.1:8020"),
        ("BACKOFFICE_KEY_PEPPER", "short"),
    ],
)
def test_production_refuses_what_only_suits_development(name: str, value: str) -> None:
    assert faults(PRODUCTION | {name: value}) == [name]


def test_staging_takes_a_test_key_of_stripe() -> None:
    assert Settings.read(PRODUCTION | {"BACKOFFICE_ENV": "staging", "STRIPE_API_KEY": "sk_test_1"}).strict


def test_a_secret_comes_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "pepper").write_text(PEPPER + "\n")
    settings = Settings.read({"BACKOFFICE_KEY_PEPPER_FILE": str(tmp_path / "pepper")})
    assert settings.key_pepper == PEPPER


def test_a_secret_given_twice_or_in_a_bad_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    twice = {"STRIPE_API_KEY": "sk_test_1", "STRIPE_API_KEY_FILE": str(tmp_path / "empty")}
    missing = {"SENDGRID_API_KEY_FILE": str(tmp_path / "nowhere"), "SMTP_URL_FILE": str(tmp_path / "empty")}
    assert faults(twice | missing) == ["STRIPE_API_KEY", "SMTP_URL_FILE", "SENDGRID_API_KEY_FILE"]


def test_only_a_secret_comes_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "address").write_text("temporal:7233")
    given = {key: value for key, value in PRODUCTION.items() if key != "TEMPORAL_ADDRESS"}
    told = faults(given | {"TEMPORAL_ADDRESS_FILE": str(tmp_path / "address")})
    assert told == ["TEMPORAL_ADDRESS", "TEMPORAL_ADDRESS_FILE"]


@pytest.mark.parametrize("example", ["compose.env.example", "kubernetes/config.yaml"])
def test_the_examples_of_the_deployments_lack_secrets_only(example: str) -> None:
    lines = (DEPLOY / example).read_text().splitlines()
    pairs = re.compile(r"^ *([A-Z][A-Z_]+)[=:] *(.*)")
    shown = {found[1]: found[2].strip('"') for line in lines if (found := pairs.match(line))}
    secrets = {key: value for key, value in PRODUCTION.items() if not shown.get(key)}
    assert Settings.read(shown | secrets).strict
    assert not secrets.keys() & {"MAIL_FROM", "LEGAL_NAME", "LEGAL_BANK_DETAILS", "LEGAL_EMAIL"}


def test_secrets_are_not_shown_when_settings_are_printed() -> None:
    shown = repr(Settings.read(PRODUCTION))
    secrets = ("secret@db", PEPPER, "sk_live_1", "whsec_new", "SG.1", "temporal-key")
    assert not any(secret in shown for secret in secrets)


def test_the_payload_key_is_thirty_two_bytes() -> None:
    assert faults({"BACKOFFICE_PAYLOAD_KEY": "c2hvcnQ="}) == ["BACKOFFICE_PAYLOAD_KEY"]
    assert Settings.read({"BACKOFFICE_PAYLOAD_KEY": "A" * 43 + "="}).payload_key == bytes(32)


def test_amounts_are_exact_nanos() -> None:
    billing = Settings.read(
        {"BILLING_ANOMALY_MINIMUM": "0.000000001", "BILLING_REVIEW_THRESHOLD": "5000"}
    ).billing
    assert (billing.anomaly_minimum_nanos, billing.review_threshold_nanos) == (1, 5000 * 10**9)
