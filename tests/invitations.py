"""Invitations for tests: an organization whose owner invites, and the process that follows."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from temporalio.client import WorkflowHandle

from activities import inviting
from activities.intents import IntentPump
from activities.invite_letters import InviteLetters
from activities.invites import InviteSteps
from activities.mail_secrets import MailSecrets
from activities.registry import activities_of
from db import invites, mails, users
from db.engine import Database
from domain.audit import Actor
from domain.ids import new_id, show
from domain.invite import Invite
from domain.mail import Mail
from domain.user import User, token_hash
from gateways.settings import DEVELOPMENT_SESSION_SECRET
from tests.collecting import SENDER
from tests.owed import organization
from tests.temporal import FastForward, Temporal, reached, running
from workflows.invite import Invite as Process
from workflows.invite import InviteResult

__all__ = ["DAY", "WEEK", "Handle", "Inviting", "inviting_office"]

Handle = WorkflowHandle[Process, InviteResult]
DAY, WEEK = timedelta(days=1), timedelta(days=7)
SECRETS = MailSecrets(DEVELOPMENT_SESSION_SECRET)


@dataclass
class Inviting:
    """An organization with Alice, who invites; `temporal` may be another one than invitations began with."""

    database: Database
    temporal: Temporal
    fast_forward: FastForward
    organization_id: UUID
    alice: Actor

    async def invite(self, email: str = "bob@example.com", *, lasts: timedelta = WEEK) -> Invite:
        """Bob is invited as a member."""
        async with self.database.begin() as tx:
            return await inviting.invite(
                tx,
                organization_id=self.organization_id,
                email=email,
                role="member",
                inviter="Alice",
                lasts=lasts,
                actor=self.alice,
                now=datetime.now(UTC),
            )

    async def act(self, name: str, invite: Invite, **more: Any) -> Invite:
        """Alice sends it anew, or takes it back; the process is told."""
        async with self.database.begin() as tx:
            before = await invites.lock(tx, invite_id=invite.id)
            act = getattr(inviting, name)
            after: Invite = await act(tx, before, actor=self.alice, now=datetime.now(UTC), **more)
        await self.deliver()
        return after

    async def join(self, invite: Invite, token: str) -> Invite:
        """Bob accepts."""
        bob = User(
            id=new_id(),
            email=invite.email,
            name="Bob",
            kind="client",
            staff_role=None,
            created_at=datetime.now(UTC),
        )
        async with self.database.begin() as tx:
            found = await invites.find_by_token(tx, token_hash=token_hash(token))
            assert found is not None
            after, _ = await inviting.join(
                tx,
                invite_id=found[0].id,
                generation=found[1],
                person=bob,
                password_hash="x",
                actor=self.alice,
                now=datetime.now(UTC),
            )
        await self.deliver()
        return after

    async def deliver(self) -> Handle | None:
        """What doors wanted of processes is delivered."""
        while await IntentPump(self.database, self.temporal).run_once():
            pass

    async def followed(self, invite: Invite, next_step: str = "reminder") -> Handle:
        """Its process, once it rests before that step."""
        await self.deliver()
        handle = self.handle(invite)
        await reached(handle, lambda s: bool(s.waiting_for) and s.next_step == next_step)
        return handle

    def handle(self, invite: Invite) -> Handle:
        name = f"invite/{show('inv', invite.id)}"
        return self.temporal.client.get_workflow_handle_for(Process.run, name)

    async def ended(self, handle: Handle) -> str:
        try:
            return (await asyncio.wait_for(handle.result(), 40)).state
        except TimeoutError:
            raise AssertionError(await handle.query(Process.status)) from None

    async def letters(self) -> list[Mail]:
        """Every letter with its link in place, the oldest first."""
        async with self.database.begin() as tx:
            found = await mails.list_page(tx, filters=mails.Filters(), after=None, limit=50)
        return [SECRETS.to_show(mail, local=True) for mail in reversed(found)]

    async def kinds(self) -> list[str]:
        return [mail.kind for mail in await self.letters()]

    async def token(self, which: int = -1) -> str:
        """The token of a letter, by default of the newest."""
        link = next(line for line in (await self.letters())[which].text.splitlines() if "/invite/" in line)
        return link.rpartition("/")[2]

    async def state(self, invite: Invite) -> str:
        async with self.database.begin() as tx:
            return (await invites.get(tx, invite_id=invite.id)).state

    async def audited(self) -> list[str]:
        async with self.database.begin() as tx:
            return list((await tx.execute(text("select action from audit order by sequence"))).scalars())


async def office_of(database: Database, temporal: Temporal, fast_forward: FastForward) -> Inviting:
    """An organization, and Alice who owns it."""
    organization_id = await organization(database)
    alice = User(
        id=new_id(),
        email="alice@example.com",
        name="Alice",
        kind="client",
        staff_role=None,
        created_at=datetime.now(UTC),
    )
    async with database.begin() as tx:
        await users.ensure(tx, alice, password_hash=None)
        await users.insert_membership(
            tx, organization_id=organization_id, user_id=alice.id, role="owner", now=alice.created_at
        )
    actor = Actor("member", show("usr", alice.id), alice.email)
    return Inviting(database, temporal, fast_forward, organization_id, actor)


def steps_of(database: Database) -> list[Any]:
    return activities_of(InviteSteps(database, InviteLetters(SENDER, SECRETS)))


@pytest.fixture
async def inviting_office(
    database: Database, temporal: Temporal, fast_forward: FastForward
) -> AsyncIterator[Inviting]:
    async with running(temporal, [Process], steps_of(database)):
        yield await office_of(database, temporal, fast_forward)
