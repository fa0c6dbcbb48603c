"""How an organization pays: its customer at the payment provider and the card that is charged."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from domain.errors import Refusal

CollectionMethod = Literal["card", "bank_transfer"]


class CardRefused(Refusal):
    """The provider or the bank does not take the card."""

    code = "card_refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentProfile:
    """One organization's way of paying; ids are Stripe's, `payment_method_label` reads "Visa •••• 4242"."""

    organization_id: UUID
    collection_method: CollectionMethod = "card"
    stripe_customer_id: str | None = None
    payment_method_id: str | None = None
    payment_method_label: str = ""


def customer_key(organization_id: UUID) -> str:
    """The key under which the provider's customer is made, once per organization."""
    return f"customer:{organization_id.hex}"
