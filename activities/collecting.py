"""Everything that collects money, put together once for the worker and once for the API."""

from dataclasses import dataclass

from activities.card_forgetting import CardForgetting
from activities.collection import CollectionSteps
from activities.correspondence import Sender
from activities.payment_letters import PaymentLetters
from activities.payment_methods import PaymentMethods
from activities.payments import PaymentSteps
from activities.settlement import Settlement
from activities.stripe_events import StripeEvents
from activities.webhooks import SendGridReports, WebhookInbox
from db.engine import Database
from gateways.stripe import Stripe


@dataclass(frozen=True, slots=True)
class Collecting:
    """The parts that collect: steps for the worker, doors for the API, the inbox for both."""

    settlement: Settlement
    methods: PaymentMethods
    payments: PaymentSteps
    collection: CollectionSteps
    forgetting: CardForgetting
    inbox: WebhookInbox


def collecting(
    database: Database, stripe: Stripe, sender: Sender, *, dunning_days: tuple[int, ...]
) -> Collecting:
    """The parts over one database and one Stripe account."""
    letters = PaymentLetters(sender)
    settlement = Settlement(letters)
    methods = PaymentMethods(database, stripe, sender.public_url)
    events = StripeEvents(database, stripe, settlement, methods)
    return Collecting(
        settlement=settlement,
        methods=methods,
        payments=PaymentSteps(database, stripe, settlement),
        collection=CollectionSteps(database, letters, dunning_days),
        forgetting=CardForgetting(database, stripe),
        inbox=WebhookInbox(database, {"stripe": events, "sendgrid": SendGridReports(database)}),
    )
