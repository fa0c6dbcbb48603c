"""What the doors of payments and webhooks work with, opened with the application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from activities.collecting import Collecting, collecting
from activities.correspondence import Sender
from db.engine import Database
from gateways.settings import Settings
from gateways.stripe import Stripe


def sender_of(settings: Settings) -> Sender:
    """Who writes letters, as the settings say."""
    entity = settings.legal_entity
    return Sender(
        name=entity.name,
        address_lines=entity.address_lines,
        support_email=entity.email,
        bank_details=entity.bank_details,
        public_url=settings.public_url,
        link_secret=settings.session_secret,
    )


@asynccontextmanager
async def opened(settings: Settings, database: Database) -> AsyncIterator[Collecting]:
    """The parts that collect; events under way are finished before Stripe's client is closed."""
    account = settings.stripe
    stripe = Stripe.open(
        api_key=account.api_key, api_base=account.api_base, return_url=f"{settings.public_url}/pay/done"
    )
    parts = collecting(database, stripe, sender_of(settings), dunning_days=settings.billing.dunning_days)
    try:
        yield parts
    finally:
        await parts.inbox.close()
        await stripe.close()
