"""What a person's archive holds: their account, where they belong and signed in, what they did and made."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID

from activities.archives.archive import File, Pieces
from activities.archives.writing import json_file
from db import audit, own_keys, sessions, users
from db.engine import Tx
from domain.audit import to_line
from domain.ids import show
from domain.portable import portable, written

FIXED = 5
_SECRETS = ("token_hash", "csrf_token")


async def files(tx: Tx, user_id: UUID) -> AsyncIterator[File]:
    """Every file, one after the other."""
    user = await users.get(tx, user_id=user_id)
    yield json_file("profile.json", "Account", portable(user, prefix="usr"))
    belongs = await users.list_memberships(tx, user_id=user_id)
    yield json_file(
        "memberships.json", "Memberships", [portable(each, but={"email", "name"}) for each in belongs]
    )
    living = await sessions.list_living(tx, user_id=user_id, now=datetime.now(UTC))
    yield json_file("sessions.json", "Signed-in browsers", [portable(each, but=_SECRETS) for each in living])
    made = await own_keys.list_made_by(tx, user_id=user_id, email=user.email)
    yield json_file(
        "api-keys.json", "API keys you made, without secrets", [written(key, prefix="key") for key in made]
    )
    yield File("audit.ndjson", "What you did, and what was done to your account", _audit(tx, user_id))


async def _audit(tx: Tx, user_id: UUID) -> Pieces:
    mine = show("usr", user_id)
    async for chunk in audit.walk(tx, filters=audit.Filters(actor=mine)):
        yield "".join(to_line(entry) for entry in chunk).encode()
    async for chunk in audit.walk(tx, filters=audit.Filters(target_id=mine)):
        others = [entry for entry in chunk if str(entry.entry.actor.id) != mine]
        yield "".join(to_line(entry) for entry in others).encode()
