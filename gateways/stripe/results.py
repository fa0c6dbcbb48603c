"""What the product keeps of Stripe's answers; Stripe's own objects never leave these files."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

ChargeState = Literal["succeeded", "processing", "requires_action", "declined", "canceled"]

_STATES: dict[str, ChargeState] = {
    "succeeded": "succeeded",
    "processing": "processing",
    "requires_action": "requires_action",
    "requires_capture": "processing",
    "requires_confirmation": "declined",
    "requires_payment_method": "declined",
    "canceled": "canceled",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeResult:
    """Where one charge of an invoice stands.

    Attributes:
        state: `processing` may still become anything; `requires_action` waits for the person at `hosted_url`.
        intent_id: Stripe's payment intent.
        charge_id: Stripe's charge of the latest attempt, or None before any.
        charge_key: Our key of this charge, from the intent's metadata.
        invoice_id: Our invoice, from the intent's metadata.
        customer_id: Stripe's customer.
        amount_minor: What was to be collected, in the currency's smallest coin.
        currency: Upper-case code.
        fee_minor: Stripe's fee in the smallest coin, or None while unknown.
        decline_code: Why the bank said no, or None.
        detail: The reason in words, or None.
        hosted_url: Page where the person proves who they are, or None.
    """

    state: ChargeState
    intent_id: str
    charge_id: str | None
    charge_key: str
    invoice_id: str
    customer_id: str | None
    amount_minor: int
    currency: str
    fee_minor: int | None = None
    decline_code: str | None = None
    detail: str | None = None
    hosted_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedMethod:
    """A customer's saved card or bank account; `label` reads "Visa •••• 4242", `created_at` is Stripe's time."""

    id: str
    kind: str
    label: str
    last4: str
    is_default: bool
    created_at: datetime
    exp_month: int | None = None
    exp_year: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundResult:
    """Money on its way back; `state` is Stripe's: pending, succeeded, failed, canceled or requires_action."""

    id: str
    state: str
    amount_minor: int
    currency: str
    charge_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CardPage:
    """Stripe's page on which a customer saves a card."""

    session_id: str
    url: str


def charge_result(intent: Mapping[str, Any]) -> ChargeResult:
    """The result of an intent as `to_dict()` gives it, `latest_charge.balance_transaction` expanded or not."""
    charge = intent.get("latest_charge")
    error = intent.get("last_payment_error") or {}
    state = _STATES[intent["status"]]
    metadata = intent.get("metadata") or {}
    return ChargeResult(
        state=state,
        intent_id=intent["id"],
        charge_id=charge["id"] if isinstance(charge, Mapping) else charge,
        charge_key=metadata.get("charge_key", ""),
        invoice_id=metadata.get("invoice_id", ""),
        customer_id=intent.get("customer"),
        amount_minor=intent["amount"],
        currency=intent["currency"].upper(),
        fee_minor=_fee_minor(charge),
        decline_code=(error.get("decline_code") or error.get("code") or "unknown")
        if state == "declined"
        else None,
        detail=error.get("message") if state == "declined" else None,
        hosted_url=_hosted_url(intent.get("next_action")),
    )


def _fee_minor(charge: Any) -> int | None:
    movement = charge.get("balance_transaction") if isinstance(charge, Mapping) else None
    return movement["fee"] if isinstance(movement, Mapping) else None


def _hosted_url(action: Mapping[str, Any] | None) -> str | None:
    if not action:
        return None
    redirect, deposits = action.get("redirect_to_url"), action.get("verify_with_microdeposits")
    return (redirect and redirect.get("url")) or (deposits and deposits.get("hosted_verification_url"))


def saved_method(method: Mapping[str, Any], default_id: str | None) -> SavedMethod:
    """A saved method as `to_dict()` gives it."""
    kind = method["type"]
    details = method.get(kind) or {}
    name = details.get("bank_name") or str(details.get("brand") or kind).replace("_", " ").title()
    last4 = details.get("last4") or ""
    return SavedMethod(
        id=method["id"],
        kind=kind,
        label=f"{name} •••• {last4}" if last4 else name,
        last4=last4,
        is_default=method["id"] == default_id,
        created_at=datetime.fromtimestamp(method["created"], UTC),
        exp_month=details.get("exp_month"),
        exp_year=details.get("exp_year"),
    )
