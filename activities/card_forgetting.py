"""What a payment provider knows of a deleted organization is deleted there too: saved cards, name, address.

Charges and refunds stay with the provider as its own law demands, like the financial records here. People are no
customers of the provider: only organizations are.
"""

from uuid import UUID

from pydantic import BaseModel, ConfigDict
from temporalio import activity

from activities.deletion_steps import note
from activities.housekeeping import Day
from db import audit, deletions, payment_profiles
from db.engine import Database
from db.erasing import organizations as erasing
from domain.audit import Entry
from domain.ids import read, show
from gateways.stripe import Stripe


class CardsForgotten(BaseModel):
    """How many saved cards and bank accounts went, None when the provider keeps the customer or knows none.

    `obstacle` is what it waits for, empty when it is done.
    """

    model_config = ConfigDict(frozen=True)

    cards: int | None = None
    obstacle: str = ""


class CardForgetting:
    """Each step may be repeated: what is gone at the provider stays gone."""

    def __init__(self, database: Database, stripe: Stripe) -> None:
        self._database = database
        self._stripe = stripe

    @activity.defn
    async def forget_cards(self, deletion_id: str) -> CardsForgotten:
        """Afterwards the provider has no card, name or address of an organization that owes nothing any more.

        While an invoice is open they are kept to pay it, and go with the day on which it is settled.
        """
        async with self._database.begin() as tx:
            deletion = await deletions.get(tx, deletion_id=read("del", deletion_id))
            identifier = deletion.organization_id
            obstacles = await erasing.obstacles(tx, organization_id=identifier)
            money = await erasing.money(tx, organization_id=identifier)
            profile = await payment_profiles.get(tx, organization_id=identifier)
        if obstacles.any:
            return CardsForgotten(obstacle=obstacles.words)
        if profile.stripe_customer_id is None or money.open_invoices:
            return CardsForgotten()
        cards = await self._stripe.forget_customer(profile.stripe_customer_id)
        async with self._database.begin() as tx:
            if await payment_profiles.forget_customer(tx, organization_id=identifier):
                await note(tx, "deletion.forget_cards", deletion, cards=cards)
        return CardsForgotten(cards=cards)

    @activity.defn
    async def forget_settled_cards(self, _day: Day) -> int:
        """Afterwards the provider knows nothing of deleted organizations that owe nothing; says of how many."""
        async with self._database.begin() as tx:
            known = await payment_profiles.list_of_deleted(tx)
        for organization_id, customer in known:
            cards = await self._stripe.forget_customer(customer)
            await self._forget_here(organization_id, cards)
        return len(known)

    async def _forget_here(self, organization_id: UUID, cards: int) -> None:
        about = show("org", organization_id)
        entry = Entry(
            "organization.forget_cards", "organization", about, organization_id, None, {"cards": cards}
        )
        async with self._database.begin() as tx:
            if await payment_profiles.forget_customer(tx, organization_id=organization_id):
                await audit.append(tx, [entry])
