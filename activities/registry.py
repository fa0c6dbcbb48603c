"""Every step and every pump of the product, in one list each; a new noun adds one line to each it needs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from activities.account_sums import AccountSumPump
from activities.billing_runs import BillingRunSteps
from activities.collecting import Collecting
from activities.correspondence import Sender
from activities.deliveries import DeliverySteps
from activities.documents import Printer
from activities.housekeeping import HousekeepingSteps
from activities.intents import IntentPump
from activities.invite_letters import InviteLetters
from activities.invites import InviteSteps
from activities.list_prices import ListPriceSeed
from activities.mail_secrets import MailSecrets
from activities.mails import MailPump
from activities.privacy import privacy_steps
from activities.proofs import ProofSteps
from activities.provider_checks import ProviderChecks
from activities.provider_upkeep import ProviderUpkeep
from activities.pumps import Pump
from activities.rollups import RollupPump
from activities.schedules import Schedules
from activities.upkeep import UpkeepSteps
from db.engine import Database
from db.invoicing.chunk import Terms
from gateways.mail import Mailer
from gateways.temporal.connection import Temporal

Activity = Callable[..., Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """What steps work with: built once by the worker (or a test) and handed to their constructors."""

    database: Database
    temporal: Temporal
    mailer: Mailer
    mail_secrets: MailSecrets
    sender: Sender
    collecting: Collecting
    terms: Terms
    printer: Printer
    provider_checks: ProviderChecks
    schedules: Schedules


def activities_of(steps: object) -> list[Activity]:
    """The methods of an object that are activities."""
    members = (getattr(steps, name) for name in dir(type(steps)) if not name.startswith("__"))
    return [member for member in members if hasattr(member, "__temporal_activity_definition")]


def all_activities(resources: Resources) -> list[Activity]:
    """Every activity, ready to be registered."""
    steps: list[object] = [
        BillingRunSteps(resources.database, resources.terms),
        DeliverySteps(resources.database, resources.printer),
        HousekeepingSteps(resources.database),
        InviteSteps(resources.database, InviteLetters(resources.sender, resources.mail_secrets)),
        ProofSteps(resources.database, resources.temporal, resources.sender),
        ProviderUpkeep(resources.database, resources.provider_checks),
        UpkeepSteps(resources.database, resources.sender),
    ]
    steps += privacy_steps(resources.database, resources.sender, resources.mail_secrets)
    money = resources.collecting
    steps += [money.payments, money.collection, money.forgetting]
    return [step for group in steps for step in activities_of(group)]


def all_pumps(resources: Resources) -> list[Pump]:
    """Every pump, ready to be run beside the worker."""
    return [
        IntentPump(resources.database, resources.temporal),
        MailPump(resources.database, resources.mailer, resources.mail_secrets),
        resources.collecting.inbox,
        resources.schedules,
        RollupPump(resources.database),
        AccountSumPump(resources.database),
        ListPriceSeed(resources.database),
    ]
