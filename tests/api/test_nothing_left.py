"""Whoever is erased is erased everywhere: a name is planted in every corner by the doors, and looked for after."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from fastapi import FastAPI
from psycopg.sql import SQL, Identifier

from activities import deletions
from activities.deletion_erasing import DeletionErasing, EraseOrder
from activities.deletion_letters import DeletionLetter, DeletionLetters
from activities.deletion_steps import DeletionLetterOrder, DeletionSteps
from activities.erasure_steps import ErasureOrder, ErasureSteps
from activities.invite_letters import InviteLetters
from activities.mail_secrets import MailSecrets
from api.collecting import sender_of
from db import invites, organizations, users
from db.engine import Database
from domain.audit import SYSTEM
from domain.ids import new_id, read, show
from domain.privacy_terms import PrivacyTerms
from domain.user import User
from tests.api.conftest import NOW, PASSWORD, PASSWORD_HASH, World, browser, organization
from tests.api.letters import token_to
from tests.api.test_own_data import letters
from tests.monthend import one
from tests.privacy import run

FIRST, SECOND, THIRD = (f"{name}@quux.example" for name in ("zebulon", "zebulon.new", "zebulon.third"))
NAMES = "zebulon|quux"
WRITTEN: tuple[DeletionLetter, ...] = ("deletion_requested", "deletion_restored")
# The log is chained by hashes; a certificate is the proof itself.
SAID = {"audit", "certificates"}


def left(database_url: str) -> dict[str, list[str]]:
    """Rows in which a name is still found, by table."""
    found: dict[str, list[str]] = {}
    tables = "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
    with psycopg.connect(database_url) as connection:
        for (table,) in connection.execute(tables).fetchall():
            query = SQL("select t::text from {} t where t::text ~* %s").format(Identifier(table))
            rows = [row[0] for row in connection.execute(query, (NAMES,))]
            found |= {table: rows} if rows and table not in SAID else {}
    return found


class Zebulon:
    """Owns an organization, and leaves traces wherever an owner can."""

    def __init__(self, app: FastAPI, where: UUID) -> None:
        self.app, self.where, self.path = app, where, f"/v1/organizations/{show('org', where)}"
        self.client, self.id = browser(app), new_id()

    async def enters(self, email: str) -> None:
        await self.client.post("/v1/sessions", json={"email": email, "password": "a wrong one, at first"})
        answer = await self.client.post("/v1/sessions", json={"email": email, "password": PASSWORD})
        self.client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]

    async def does(self, method: str, path: str, **body: object) -> Any:
        once = {"Idempotency-Key": new_id().hex}
        answer = await self.client.request(method, path, json=body, headers=once)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    async def moves(self) -> None:
        """Changes the address, and asks for yet another."""
        await self.does("POST", "/v1/account/email", email=SECOND)
        for email, kind in ((FIRST, "email_change_asked"), (SECOND, "email_confirmation")):
            await self.does("POST", "/v1/account/email/confirm", token=await token_to(self.app, email, kind))
        await self.enters(SECOND)
        await self.does("POST", "/v1/account/email", email=THIRD)

    async def works(self) -> None:
        mine, soon = show("usr", self.id), (datetime.now(UTC) + timedelta(days=5)).isoformat()
        await self.does("POST", f"{self.path}/api-keys", name="key", scopes=["usage:write"], expires_at=soon)
        project = await self.does("POST", f"{self.path}/projects", name="Project", owner_id=mine)
        await self.does("PUT", f"/v1/projects/{project['id']}/members/{mine}", role="administrator")
        domain = await self.does("POST", f"{self.path}/domains", name="acme.example")
        await self.does("POST", f"/v1/domains/{domain['id']}/mail", mailbox="postmaster")
        await self.does("POST", "/v1/account/authenticator")
        await self.does("POST", "/v1/me/exports")
        for path in ("/v1/password-resets", "/v1/registrations"):
            await browser(self.app).post(path, json={"email": FIRST})
        await self._invites()

    async def publishes(self) -> None:
        """A key that stands in the organization's own pages."""
        page = {"name": "widget", "kind": "publishable", "origins": ["https://www.quux.example"]}
        await self.does("POST", f"{self.path}/api-keys", **page, scopes=["widget:chat"])

    async def _invites(self) -> None:
        invited = await self.does("POST", f"{self.path}/invites", email="guest@other.example", role="viewer")
        settings = self.app.state.settings
        writer = InviteLetters(sender_of(settings), MailSecrets(settings.session_secret))
        async with self.app.state.database.begin() as tx:
            invite = await invites.lock(tx, invite_id=read("inv", invited["id"]))
            await writer.ask(tx, invite, reminder=0, last=False, now=datetime.now(UTC))

    async def asks_for_a_deletion(self, name: str) -> str:
        """And takes it back; both is written to the other owners and to staff."""
        asked = await self.does("POST", f"{self.path}/deletion", name=name, reason="we close")
        await self.does("POST", f"/v1/deletions/{asked['id']}/restore")
        steps = DeletionSteps(self.app.state.database, DeletionLetters(letters(self.app)))
        for kind in WRITTEN:
            await steps.write_deletion_letter(DeletionLetterOrder(deletion_id=asked["id"], kind=kind))
        return str(asked["id"])


async def an_owner(app: FastAPI, database: Database, where: UUID) -> Zebulon:
    made = Zebulon(app, where)
    person = User(
        id=made.id, email=FIRST, name="Zebulon Quux", kind="client", staff_role=None, created_at=NOW
    )
    async with database.begin() as tx:
        await users.ensure(tx, person, password_hash=PASSWORD_HASH)
        await users.insert_membership(tx, organization_id=where, user_id=made.id, role="owner", now=NOW)
    await made.enters(FIRST)
    return made


async def letters_have_left(database: Database) -> None:
    await run(database, "update mails set state = 'bounced', last_error = 'no such user: ' || recipient")


async def test_of_a_person_nothing_is_left_but_in_the_log(
    app: FastAPI, world: World, database: Database, database_url: str
) -> None:
    zebulon = await an_owner(app, database, world.acme)
    await run(
        database,
        "insert into memberships select :org, id, 'owner', now() from users where email like 'charlie%'",
        org=world.acme,
    )
    await zebulon.works()
    await zebulon.moves()
    await zebulon.asks_for_a_deletion("Acme")
    asked = (await zebulon.does("POST", "/v1/me/erasure"))["id"]
    steps = ErasureSteps(database, letters(app))
    await steps.announce_erasure(asked)
    await letters_have_left(database)
    assert len(left(database_url)) >= 6
    await steps.begin_erasure(asked)
    await steps.erase_person(ErasureOrder(erasure_id=asked, lasts_seconds=3600))
    await steps.forget_address(asked)
    assert left(database_url) == {}


async def test_of_an_organization_nothing_is_left_but_in_the_log_and_on_the_certificate(
    app: FastAPI, world: World, database: Database, database_url: str
) -> None:
    async with database.begin() as tx:
        await organizations.insert_one(tx, organization(new_id(), "Quux"))
    zebulon = await an_owner(
        app, database, await one(database, "select id from organizations where name = 'Quux'")
    )
    await zebulon.works()
    await zebulon.publishes()
    await zebulon.moves()
    await zebulon.asks_for_a_deletion("Quux")
    asked = (await zebulon.does("POST", f"{zebulon.path}/deletion", name="Quux", reason="we close"))["id"]
    async with database.begin() as tx:
        stella = await users.find_credentials(tx, email="stella@example.com")
        assert stella is not None
        terms = PrivacyTerms(grace=timedelta(0))
        await deletions.approve(
            tx,
            read("del", asked),
            reason="",
            terms=terms,
            by=stella.user.id,
            actor=SYSTEM,
            now=datetime.now(UTC),
        )
    await letters_have_left(database)
    steps = DeletionSteps(database, DeletionLetters(letters(app)))
    await steps.begin_finishing(asked)
    await DeletionErasing(database, letters(app)).erase_organization(
        EraseOrder(deletion_id=asked, archive_seconds=3600)
    )
    await letters_have_left(database)
    await steps.forget_people(asked)
    assert left(database_url) == {}
