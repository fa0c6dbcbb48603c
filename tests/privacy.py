"""An organization with people, keys, usage and an invoice, for tests of deletion, archives and erasure."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import text

from activities import deletions
from activities.card_forgetting import CardForgetting
from activities.correspondence import Sender
from activities.deletions import Request
from activities.mail_secrets import MailSecrets
from activities.privacy import privacy_steps
from activities.registry import activities_of
from db import users
from db.engine import Database
from domain.audit import SYSTEM
from domain.deletion import Deletion
from domain.privacy_terms import PrivacyTerms
from gateways.stripe import Stripe
from tests.api.conftest import user
from tests.monthend import close_month, hand_over, report, rows
from tests.world import Line, a_price, an_organization

TERMS = PrivacyTerms()
SENDER = Sender(
    name="Backoffice Example Inc.",
    address_lines=("1 Example Street",),
    support_email="help@backoffice.example",
    bank_details=(),
    public_url="http://test",
    link_secret="a secret of the tests that is long enough",
)
NOW = datetime.now(UTC)


class Unasked:
    """A Stripe that must not be asked: who saved no card has nothing to be forgotten."""

    def __getattr__(self, asked: str) -> Any:
        raise AssertionError(f"Stripe is asked: {asked}")


NO_STRIPE = cast("Stripe", Unasked())


@dataclass(frozen=True)
class House:
    """Alice owns Acme, Bob is a member there and owns another; Stella and Sam are of the staff."""

    acme: UUID
    other: UUID
    people: dict[str, UUID]

    def id_of(self, name: str) -> UUID:
        return self.people[name]


async def a_house(database: Database, *, usage: bool = True) -> House:
    acme = await an_organization(database, name="Acme")
    other = await an_organization(database, name="Other")
    people: dict[str, UUID] = {}
    async with database.begin() as tx:
        for name in ("alice", "bob", "charlie"):
            people[name] = await users.ensure(tx, user(name, "client"), password_hash="hash")
        for name in ("stella", "sam"):
            people[name] = await users.ensure(tx, user(name, "staff"), password_hash="hash")
        for name, where, role in (
            ("alice", acme, "owner"),
            ("bob", acme, "member"),
            ("bob", other, "owner"),
            ("charlie", other, "owner"),
        ):
            await users.insert_membership(tx, organization_id=where, user_id=people[name], role=role, now=NOW)
    if usage:
        await a_price(database)
        await report(database, Line(acme, input_tokens=1_000_000))
        await close_month(database)
        await hand_over(database)
        await run(database, "update wallets set invoiced_until = now()")
    return House(acme, other, people)


async def run(database: Database, sql: str, **facts: Any) -> None:
    async with database.begin() as tx:
        await tx.execute(text(sql), facts)


async def asked(database: Database, house: House, *, by: str = "alice") -> Deletion:
    """A deletion of Acme, asked for."""
    wanted = Request(organization_id=house.acme, typed_name="Acme", reason="we close")
    async with database.begin() as tx:
        return await deletions.request(
            tx, wanted, terms=TERMS, by=house.id_of(by), actor=SYSTEM, now=datetime.now(UTC)
        )


async def approved(
    database: Database,
    house: House,
    deletion: Deletion,
    *,
    by: str = "stella",
    grace: timedelta = TERMS.grace,
) -> Deletion:
    terms = PrivacyTerms(grace=grace)
    async with database.begin() as tx:
        return await deletions.approve(
            tx, deletion.id, reason="", terms=terms, by=house.id_of(by), actor=SYSTEM, now=datetime.now(UTC)
        )


def all_steps(database: Database, stripe: Stripe = NO_STRIPE) -> list[Any]:
    """Every activity of privacy."""
    groups = [*privacy_steps(database, SENDER, MailSecrets("secret")), CardForgetting(database, stripe)]
    return [step for group in groups for step in activities_of(group)]


async def letters(database: Database) -> list[str]:
    """Kinds of letters and their readers, in order."""
    found = await rows(
        database, "select kind, recipient from mails where kind <> 'invoice_issued' order by created_at, id"
    )
    return [f"{row['kind']} to {row['recipient'].partition('@')[0]}" for row in found]
