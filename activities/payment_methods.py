"""Cards of an organization: the customer at Stripe, the page where a card is saved, and which card is charged."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from activities.settlement import wake_collection
from db import audit, organizations, payment_profiles, receivables
from db.engine import Database, Tx
from domain.audit import SYSTEM, Actor, Entry
from domain.ids import new_id, show
from domain.organization import Organization
from domain.payment_profile import CardRefused, PaymentProfile, customer_key
from gateways.errors import Refused
from gateways.stripe import SavedMethod, Stripe


@dataclass(frozen=True, slots=True, kw_only=True)
class Wallet:
    """What an organization can be charged with; `charged_id` is the card that is charged."""

    methods: tuple[SavedMethod, ...]
    charged_id: str | None


class PaymentMethods:
    """Brings what Stripe knows of an organization's cards and what we know together."""

    def __init__(self, database: Database, stripe: Stripe, public_url: str) -> None:
        self._database = database
        self._stripe = stripe
        self._public_url = public_url

    async def open_page(self, organization_id: UUID, *, back_to: str = "", actor: Actor | None = None) -> str:
        """The address of Stripe's page where a card is saved; it closes after a day. Somebody who asks is noted."""
        organization, customer = await self._customer(organization_id)
        page = await self._stripe.open_card_page(
            customer=customer,
            currency=organization.currency,
            success_url=back_to or f"{self._public_url}/pay/saved",
            cancel_url=back_to or f"{self._public_url}/pay/cancelled",
            idempotency_key=f"card-page:{new_id().hex}",
        )
        if actor is not None:
            asked = Entry("payment_method.ask", "organization", show("org", organization_id), organization_id)
            async with self._database.begin() as tx:
                await audit.append(tx, [asked], actor=actor)
        return page.url

    async def list_saved(self, organization_id: UUID) -> Wallet:
        """The saved cards as Stripe knows them now."""
        async with self._database.begin() as tx:
            profile = await payment_profiles.get(tx, organization_id=organization_id)
        if profile.stripe_customer_id is None:
            return Wallet(methods=(), charged_id=None)
        methods = await self._stripe.saved_methods(profile.stripe_customer_id)
        return Wallet(methods=methods, charged_id=profile.payment_method_id)

    async def save(self, organization_id: UUID, *, payment_method: str, actor: Actor) -> SavedMethod:
        """Saves a card, makes it the one that is charged, and lets open invoices be charged at once.

        Raises:
            CardRefused: Stripe or the bank does not take the card.
        """
        _, customer = await self._customer(organization_id)
        try:
            saved = await self._stripe.save_card(customer=customer, payment_method=payment_method)
        except Refused as refused:
            raise CardRefused(refused.detail, decline_code=refused.decline_code) from refused
        async with self._database.begin() as tx:
            profile = await payment_profiles.get(tx, organization_id=organization_id)
            await _choose(tx, profile, saved, actor=actor)
        return saved

    async def sync_customer(self, customer: str) -> bool:
        """The card that is charged is the newest one saved at Stripe; False when the customer is none of ours.

        Reads what is saved now, so events may come repeated and in any order.
        """
        async with self._database.begin() as tx:
            profile = await payment_profiles.find_by_customer(tx, stripe_customer_id=customer)
        if profile is None:
            return False
        cards = [method for method in await self._stripe.saved_methods(customer) if method.kind == "card"]
        newest = max(cards, key=lambda card: (card.created_at, card.is_default, card.id), default=None)
        async with self._database.begin() as tx:
            profile = await payment_profiles.get(tx, organization_id=profile.organization_id)
            await _choose(tx, profile, newest, actor=SYSTEM)
        return True

    async def _customer(self, organization_id: UUID) -> tuple[Organization, str]:
        """The organization and its customer at Stripe, made once. Key: `customer:{organization}`."""
        async with self._database.begin() as tx:
            organization = await organizations.get(tx, organization_id=organization_id)
            profile = await payment_profiles.get(tx, organization_id=organization_id)
        if profile.stripe_customer_id is not None:
            return organization, profile.stripe_customer_id
        customer = await self._stripe.ensure_customer(
            organization_id=show("org", organization_id),
            name=organization.name,
            email=organization.billing_email,
            idempotency_key=customer_key(organization_id),
        )
        async with self._database.begin() as tx:
            now = datetime.now(UTC)
            await payment_profiles.set_customer(
                tx, organization_id=organization_id, stripe_customer_id=customer, now=now
            )
        return organization, customer


async def _choose(tx: Tx, profile: PaymentProfile, card: SavedMethod | None, *, actor: Actor) -> None:
    """Makes a card the one that is charged, and wakes what waits for one."""
    chosen = card.id if card else None
    if chosen == profile.payment_method_id:
        return
    label = card.label if card else ""
    organization_id = profile.organization_id
    await payment_profiles.set_payment_method(
        tx, organization_id=organization_id, payment_method_id=chosen, label=label, now=datetime.now(UTC)
    )
    for invoice_id in await receivables.list_open_ids(tx, organization_id=organization_id) if chosen else ():
        await wake_collection(
            tx,
            invoice_id=invoice_id,
            organization_id=organization_id,
            signal="payment_method_changed",
            reason=str(chosen),
        )
    before, after = {"card": profile.payment_method_label}, {"card": label}
    entry = Entry(
        "payment_method.chosen", "organization", show("org", organization_id), organization_id, before, after
    )
    await audit.append(tx, [entry], actor=actor)
