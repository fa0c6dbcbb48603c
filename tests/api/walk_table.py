"""How every JSON door that changes something is asked validly: who asks, and with what body."""

from collections.abc import Callable
from typing import Any

from tests.api.sign_on import SETUP
from tests.api.walk import CHARGE, ORGANIZATION, REASON, Told, Walk
from tests.api.walk_steps import STEPS

# What this walk cannot ask validly, and where it is asked instead.
ELSEWHERE = {
    "POST /v1/billing-runs/{run_id}/pause": "a run under way: test_billing_runs",
    "POST /v1/billing-runs/{run_id}/resume": "a run under way: test_billing_runs",
    "POST /v1/billing-runs/{run_id}/cancel": "a run under way: test_billing_runs",
    "POST /v1/billing-runs/{run_id}/retry": "a run that failed: test_billing_runs",
    "POST /v1/billing-runs/{run_id}/items/{organization_id}/release": "an invoice held back: test_billing_runs",
    "POST /v1/billing-runs/{run_id}/items/{organization_id}/discard": "an invoice held back: test_billing_runs",
    "POST /v1/domains/{domain_id}/check": "a record in the DNS: test_email_domains",
    "POST /v1/invoices/{invoice_id}/pay": "a card and a process that charges it: test_payments",
    "POST /v1/organizations/{organization_id}/sign-on/enforce": "an owner who came by the provider: test_sign_on_settings",
    "POST /v1/organizations/{organization_id}/sign-on/lift": "an owner who came by the provider: test_sign_on_settings",
    "POST /v1/processes/{workflow_id:path}/{act}": "a process: test_processes",
    "POST /v1/schedules/{schedule_id:path}/{act}": "a schedule in Temporal: test_schedules",
    "POST /v1/quarantine/release": "records without a price: test_usage_records",
}
# Who asks and with what: a body, or how it is made. Doors without a body are asked with None.
TABLE: dict[str, tuple[str, Told]] = {**STEPS}
_Maker = Callable[[Walk], Any]


def named(of: str, field: str = "name", **more: object) -> _Maker:
    """A body whose field is a name that nothing has."""
    return lambda walk: {field: walk.name(of), **more}


def address(**more: object) -> _Maker:
    """A body with an address that nobody has."""
    return lambda walk: {"email": f"{walk.name('address')}@example.com", **more}


KEY = {"scopes": ["usage:read"], "environment": "live"}
PROVIDER = {"provider": "openai_compatible", "base_url": "http://127.0.0.1:9/v1"}
TABLE |= {
    f"POST {ORGANIZATION}/departments": ("alice", named("department")),
    f"PATCH {ORGANIZATION}/departments/{{department_id}}": ("alice", named("department")),
    f"POST {ORGANIZATION}/departments/{{department_id}}/close": ("alice", {}),
    f"POST {ORGANIZATION}/projects": ("alice", named("project")),
    "PATCH /v1/projects/{project_id}": ("alice", named("project")),
    "POST /v1/projects/{project_id}/status": ("alice", {"status": "on_hold"}),
    "PUT /v1/projects/{project_id}/members/{user_id}": ("alice", {"role": "member"}),
    "POST /v1/projects/{project_id}/milestones": ("alice", named("milestone")),
    "PATCH /v1/projects/{project_id}/milestones/{milestone_id}": ("alice", {"done": True}),
    "DELETE /v1/projects/{project_id}/milestones/{milestone_id}": ("alice", None),
    f"POST {ORGANIZATION}/invites": ("alice", address(role="member")),
    "POST /v1/staff/invites": ("stella", address(role="admin")),
    "POST /v1/invites/{invite_id}/resend": ("alice", address()),
    "POST /v1/invites/{invite_id}/revoke": ("alice", None),
    f"PATCH {ORGANIZATION}/members/{{user_id}}": ("alice", {"role": "viewer"}),
    f"DELETE {ORGANIZATION}/members/{{user_id}}": ("alice", None),
    f"POST {ORGANIZATION}/members/leave": ("somebody", None),
    f"PATCH {ORGANIZATION}/settings": ("alice", {"payload_retention": "none"}),
    f"POST {ORGANIZATION}/domains": ("alice", lambda walk: {"name": f"{walk.name('site')}.example"}),
    "POST /v1/domains/{domain_id}/mail": ("alice", {"mailbox": "admin"}),
    "DELETE /v1/domains/{domain_id}": ("alice", None),
    "POST /v1/api-keys": ("stella", named("key", **KEY)),
    f"POST {ORGANIZATION}/api-keys": ("alice", named("key", **KEY)),
    "POST /v1/api-keys/{key_id}/rotate": ("alice", {"overlap_seconds": 60}),
    "POST /v1/api-keys/{key_id}/revoke": ("alice", None),
    f"POST {ORGANIZATION}/provider-credentials": (
        "alice",
        lambda walk: {
            **PROVIDER,
            "name": walk.name("key"),
            "secret": walk.secret(walk.name("sk-kept-to-us-")),
        },
    ),
    "PATCH /v1/provider-credentials/{credential_id}": ("alice", named("key")),
    "POST /v1/provider-credentials/{credential_id}/rotate": (
        "alice",
        lambda walk: {"secret": walk.secret(walk.name("sk-kept-to-us-"))},
    ),
    "POST /v1/provider-credentials/{credential_id}/check": ("alice", None),
    "DELETE /v1/provider-credentials/{credential_id}": ("alice", None),
    f"POST {ORGANIZATION}/exports": ("alice", None),
    "POST /v1/me/exports": ("somebody", None),
    "POST /v1/me/erasure": ("somebody", None),
    "PATCH /v1/account": ("somebody", named("Robin")),
    "POST /v1/account/email": ("somebody", address()),
    "DELETE /v1/sessions/current": ("somebody", None),
    "DELETE /v1/sessions": ("somebody", None),
    "POST /v1/organizations": (
        "stella",
        named(
            "org",
            billing_email="b@x.example",
            currency="USD",
            time_zone="UTC",
            country="US",
            billing_mode="prepaid",
        ),
    ),
    f"PATCH {ORGANIZATION}": ("stella", {"plan": "pro"}),
    f"PATCH {ORGANIZATION}/billing-profile": ("stella", named("Acme", "legal_name")),
    f"PUT {ORGANIZATION}/wallet/floor": ("stella", {"floor": "0"}),
    f"POST {ORGANIZATION}/gifts": ("stella", {"amount": "25.00", "reason": "welcome"}),
    f"POST {ORGANIZATION}/credits": (
        "stella",
        lambda walk: {"amount": "5.00", "reference": walk.name("wire"), "received_on": "2026-11-01"},
    ),
    f"POST {ORGANIZATION}/recurring-charges": ("stella", CHARGE),
    f"POST {ORGANIZATION}/recurring-charges/{{charge_id}}/end": ("stella", {"ends_on": "2026-12-01"}),
    "POST /v1/holds/{hold_id}/lift": ("stella", REASON),
    "POST /v1/prices": (
        "stella",
        named(
            "model",
            "model",
            provider="openai",
            currency="USD",
            input_per_million="2.50",
            output_per_million="5.00",
            effective_at="2026-12-01T00:00:00Z",
        ),
    ),
    "POST /v1/model-aliases": ("stella", named("alias", "alias", provider="azure", model="gpt-4o")),
    "POST /v1/tax-rates": (
        "stella",
        named("REGION", "region", country="US", name="Sales tax", rate="8.875", effective_on="2026-12-01"),
    ),
    "POST /v1/outbox/{mail_id}/resend": ("stella", None),
    "POST /v1/webhooks/{webhook_id}/replay": ("stella", None),
    "POST /v1/intents/{intent_id}/retry": ("stella", None),
    "POST /v1/intents/{intent_id}/dismiss": ("stella", REASON),
    "POST /v1/invoices/{invoice_id}/payments": (
        "stella",
        lambda walk: {"amount": "120.00", "received_on": "2026-11-20", "reference": walk.name("wire")},
    ),
    "POST /v1/invoices/{invoice_id}/uncollectible": ("stella", REASON),
    "POST /v1/invoices/{invoice_id}/void": ("stella", REASON),
    "POST /v1/invoices/{invoice_id}/credit-notes": ("stella", {**REASON, "amount": "20.00"}),
    "POST /v1/invoices/{invoice_id}/deliveries": ("stella", None),
    "POST /v1/billing-runs": ("stella", {"period": "2026-10"}),
    "POST /v1/proofs/run": ("stella", {"scope": "recent"}),
    "POST /v1/list-prices/sync": ("stella", {"apply": True}),
    f"PUT {ORGANIZATION}/sign-on": (
        "alice",
        lambda walk: {
            **SETUP,
            "client_secret": walk.secret(walk.name("kept to ourselves")),
            "issuer": walk.issuer,
        },
    ),
    f"DELETE {ORGANIZATION}/sign-on": ("alice", None),
    f"POST {ORGANIZATION}/payment-method-setup": ("alice", None),
    f"POST {ORGANIZATION}/payment-methods": ("stella", {"payment_method": "pm_card_visa"}),
}
