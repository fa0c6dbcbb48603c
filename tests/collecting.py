"""Everything that collects money, over a real database and a running Stripe sandbox."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from activities.collecting import Collecting, collecting
from activities.collection import CollectionSteps
from activities.correspondence import Sender
from activities.payment_methods import PaymentMethods
from activities.payments import ChargeOrder, PaymentSeen, PaymentSteps
from activities.stripe_events import stripe_arrival
from activities.webhooks import WebhookInbox
from db import payments, receivables, webhooks
from db.engine import Database
from domain.audit import SYSTEM
from domain.money import NANOS
from domain.payment import Payment
from domain.receivable import Receivable
from gateways.stripe import Stripe
from tests.owed import Owed
from tests.stripe_sandbox import SECRET, Sandbox, running_sandbox

SENDER = Sender(
    name="Backoffice Inc.",
    address_lines=("1 Example Street",),
    support_email="billing@backoffice.example",
    bank_details=("Bank: Example Bank",),
    public_url="https://backoffice.example",
    link_secret="secret",
)


@dataclass
class House:
    """The steps of collection and the Stripe they talk to."""

    database: Database
    sandbox: Sandbox
    stripe: Stripe
    parts: Collecting

    @property
    def payments(self) -> PaymentSteps:
        return self.parts.payments

    @property
    def collection(self) -> CollectionSteps:
        return self.parts.collection

    @property
    def methods(self) -> PaymentMethods:
        return self.parts.methods

    @property
    def inbox(self) -> WebhookInbox:
        return self.parts.inbox

    async def save_card(self, organization_id: UUID, alias: str = "pm_card_visa") -> str:
        """A card of an organization, charged from now on."""
        saved = await self.methods.save(organization_id, payment_method=alias, actor=SYSTEM)
        return saved.id

    async def change_card(self, card: str, behaviour: str) -> None:
        """The bank thinks otherwise of a saved card from now on."""
        await self.sandbox.do(f"payment_methods/{card}", behaviour=behaviour)

    async def charge(self, owed: Owed, number: int = 1) -> PaymentSeen:
        """Records and makes a charge."""
        begun = await self.payments.begin_charge(ChargeOrder(invoice_id=owed.shown, number=number))
        return await self.payments.charge(begun.payment_id)

    async def receivable(self, owed: Owed) -> Receivable:
        async with self.database.begin() as tx:
            return await receivables.get(tx, invoice_id=owed.invoice_id)

    async def payments_of(self, owed: Owed) -> list[Payment]:
        async with self.database.begin() as tx:
            return await payments.list_of_invoice(tx, invoice_id=owed.invoice_id)

    async def books(self, owed: Owed) -> list[tuple[str, str, int]]:
        """What is posted about an invoice: debit, credit, cents."""
        query = "select debit, credit, amount_nanos from postings where subject_id = :subject order by key"
        return [(d, c, a * 100 // NANOS) for d, c, a in await self.rows(query, subject=owed.shown)]

    async def letters(self) -> list[str]:
        """The kinds of all letters, in the order they were written."""
        return [kind for (kind,) in await self.rows("select kind from mails order by created_at, id")]

    async def charges_at_stripe(self) -> int:
        """How many charges succeeded at Stripe."""
        charges = await self.sandbox.stripe.v1.charges.list_async({"limit": 100})
        return sum(charge.status == "succeeded" for charge in charges.data)

    async def rows(self, query: str, **values: Any) -> Sequence[Any]:
        async with self.database.begin() as tx:
            return (await tx.execute(text(query), values)).all()

    async def change(self, statement: str, **values: Any) -> None:
        async with self.database.begin() as tx:
            await tx.execute(text(statement), values)

    async def deliver(self) -> list[UUID]:
        """Puts everything Stripe has told into the inbox."""
        await self.sandbox.do("deliver")
        now = datetime.now(UTC)
        arrivals = [
            stripe_arrival(body, signed, [SECRET], now) for body, signed in self.sandbox.listener.received
        ]
        async with self.database.begin() as tx:
            return await webhooks.store(tx, arrivals, now=now - timedelta(seconds=1))

    async def hear(self) -> None:
        """Handles everything Stripe has told."""
        await self.deliver()
        while await self.inbox.run_once():
            pass


@asynccontextmanager
async def collecting_house(database: Database, folder: Path) -> AsyncIterator[House]:
    """A house with a sandbox of its own."""
    async with running_sandbox(str(folder / "stripe.sqlite")) as sandbox:
        stripe = Stripe.open(
            api_key="sk_test_sandbox",
            api_base=sandbox.url,
            return_url="https://backoffice.example/pay/done",
            timeout_seconds=1,
        )
        parts = collecting(database, stripe, SENDER, dunning_days=(3, 7, 14))
        try:
            yield House(database, sandbox, stripe, parts)
        finally:
            await parts.inbox.close()
            await stripe.close()


@pytest.fixture
async def house(database: Database, tmp_path: Path) -> AsyncIterator[House]:
    """The house, until the test ends."""
    async with collecting_house(database, tmp_path) as opened:
        yield opened
