"""Steps of a person's erasure: read where it stands, begin, erase and certify, forget the address."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel, ConfigDict
from temporalio import activity

from activities.certifying import Matter, certify, open_take_away
from activities.invites import tell_of_erasure
from activities.privacy_letters import Addressed, PrivacyLetters
from db import audit, erasures, invites, users
from db.engine import Database, Tx
from db.erasing import people
from domain.audit import Entry
from domain.erasure import Erasure, ErasureState, LastOwner, require_free
from domain.ids import read, show
from domain.legal_hold import Held
from domain.letters import ErasureDone, ErasureScheduled, Facts
from domain.mail import READERS_LINK

_ADDRESS = (
    "The e-mail address is erased when this letter has left, at the latest 24 hours after this certificate"
)

# What it waits for, without a name: a process remembers ids only.
_ALONE = "another owner for the organization that would be left without one"
_HELD = "the legal hold to be lifted"


class ErasureStanding(BaseModel):
    """Where an erasure stands; `obstacle` is what it waits for now, empty when nothing is in its way."""

    model_config = ConfigDict(frozen=True)

    state: ErasureState
    erases_at: datetime
    obstacle: str = ""


class ErasureOrder(BaseModel):
    """Which erasure, and for how long its certificate can be fetched."""

    model_config = ConfigDict(frozen=True)

    erasure_id: str
    lasts_seconds: float


class ErasureSteps:
    """One method per step; each may be repeated without a second effect."""

    def __init__(self, database: Database, letters: PrivacyLetters) -> None:
        self._database = database
        self._letters = letters

    @activity.defn
    async def announce_erasure(self, erasure_id: str) -> ErasureStanding:
        """Afterwards the person has a letter that says when, once."""
        async with self._database.begin() as tx:
            erasure = await erasures.get(tx, erasure_id=read("prv", erasure_id))
            if erasure.state == "scheduled":
                person = await people.find_person(tx, user_id=erasure.user_id)
                who = await self._letters.to_person(tx, person)
                link = self._letters.page("/account/privacy")
                facts = ErasureScheduled(who=who, erases_at=erasure.erases_at, link=link)
                await self._queue(tx, erasure, person, facts)
            return _standing(erasure)

    @activity.defn
    async def read_erasure(self, erasure_id: str) -> ErasureStanding:
        """Where it stands."""
        async with self._database.begin() as tx:
            return _standing(await erasures.get(tx, erasure_id=read("prv", erasure_id)))

    @activity.defn
    async def begin_erasure(self, erasure_id: str) -> ErasureStanding:
        """Afterwards it can no longer be taken back, unless an organization needs the person or a hold is on."""
        async with self._database.begin() as tx:
            erasure = await erasures.lock(tx, erasure_id=read("prv", erasure_id))
            if erasure.state != "scheduled":
                return _standing(erasure)
            obstacle = await _obstacle(tx, erasure)
            if obstacle:
                return _standing(erasure, obstacle)
            begun = replace(erasure, state="finishing")
            await erasures.save(tx, begun)
            return _standing(begun)

    @activity.defn
    async def erase_person(self, order: ErasureOrder) -> ErasureStanding:
        """Afterwards all but the address is erased and certified, the last letter is in the outbox.

        What has come in the way since it began still stops it: a hold, or the last other owner who left.
        """
        now = datetime.now(UTC)
        async with self._database.begin() as tx:
            erasure = await erasures.lock(tx, erasure_id=read("prv", order.erasure_id))
            if erasure.state != "finishing":
                return _standing(erasure)
            obstacle = await _obstacle(tx, erasure)
            if obstacle:
                return _standing(erasure, obstacle)
            after = replace(erasure, state="erased", finished_at=now)
            await self._erase(tx, after, now, now + timedelta(seconds=order.lasts_seconds))
            await erasures.save(tx, after)
            return _standing(after)

    async def _erase(self, tx: Tx, erasure: Erasure, now: datetime, until: datetime) -> None:
        person = await people.find_person(tx, user_id=erasure.user_id)
        who = await self._letters.to_person(tx, person)
        _, kept = await people.preview(tx, user_id=erasure.user_id)
        addresses = await people.list_addresses(tx, people=[person])
        await tell_of_erasure(tx, await invites.list_living_to(tx, emails=addresses))
        await _note_leaving(tx, erasure)
        erased = await people.erase(tx, people=[person], now=now)
        certificate = await certify(
            tx,
            Matter(kind="personal_erasure", subject_id=erasure.shown_id, user_id=erasure.user_id),
            sender=self._letters.sender,
            erased=erased,
            kept=kept,
            facts={
                "person": {"id": show("usr", erasure.user_id)},
                "asked_at": erasure.requested_at.isoformat(timespec="seconds"),
                "notes": [_ADDRESS],
            },
            now=now,
        )
        token = await open_take_away(tx, certificate, export_id=None, now=now, until=until)
        facts = ErasureDone(
            who=who, certificate=certificate.shown_id, link=READERS_LINK, available_until=until
        )
        await self._queue(tx, erasure, person, facts, link=self._letters.page(f"/take-away/{token}"))
        done = {"certificate": certificate.shown_id}
        await audit.append(tx, [Entry("erasure.finish", "erasure", erasure.shown_id, after=done)])

    @activity.defn
    async def forget_address(self, erasure_id: str) -> None:
        """Afterwards the address is erased too, with the letters to it that no law keeps."""
        async with self._database.begin() as tx:
            erasure = await erasures.lock(tx, erasure_id=read("prv", erasure_id))
            if erasure.state == "erased":
                person = await people.find_person(tx, user_id=erasure.user_id)
                await people.forget_addresses(tx, people=[person], now=datetime.now(UTC))

    async def _queue(
        self, tx: Tx, erasure: Erasure, person: people.Person, facts: Facts, *, link: str | None = None
    ) -> None:
        letter = Addressed(
            kind="erasure_scheduled" if isinstance(facts, ErasureScheduled) else "erasure_done",
            facts=facts,
            to=person,
            subject_id=erasure.shown_id,
            link=link,
        )
        await self._letters.queue(tx, letter, now=datetime.now(UTC))


async def _note_leaving(tx: Tx, erasure: Erasure) -> None:
    """Tells the log of each organization of the person that they belong to it no more; by id, as all that stays."""
    person, because = show("usr", erasure.user_id), {"erasure": erasure.shown_id}
    await audit.append(
        tx,
        [
            Entry("member.leave", "user", person, member.organization_id, {"role": member.role}, because)
            for member in await users.list_memberships(tx, user_id=erasure.user_id)
        ],
    )


async def _obstacle(tx: Tx, erasure: Erasure) -> str:
    """What keeps the person at the moment; empty when nothing does, and then nothing can until the transaction ends."""
    try:
        require_free(await erasures.list_belongings(tx, user_id=erasure.user_id))
    except LastOwner:
        return _ALONE
    except Held:
        return _HELD
    return ""


def _standing(erasure: Erasure, obstacle: str = "") -> ErasureStanding:
    return ErasureStanding(state=erasure.state, erases_at=erasure.erases_at, obstacle=obstacle)
