"""What a person's archive holds: their account, where they belong and signed in, what they did and made."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID

from activities.archives.archive import File, Pieces
from activities.archives.writing import json_file
from db import audit, own_data, own_keys, sessions, users
from db.engine import Tx
from domain.audit import to_line
from domain.ids import show
from domain.portable import portable, written
from domain.user import User

FIXED = 10
_SECRETS = ("token_hash", "csrf_token")
_LISTS = (
    ("memberships.json", "Memberships with roles and departments", own_data.list_memberships),
    ("project-roles.json", "Projects you have a role in", own_data.list_project_roles),
    ("assignments.json", "Organizations you work for as a contractor", own_data.list_assignments),
    ("devices.json", "Browsers you signed in with, known by a cookie", own_data.list_devices),
    ("sign-on-identities.json", "Who you are at sign-on providers", own_data.list_identities),
)


async def files(tx: Tx, user_id: UUID) -> AsyncIterator[File]:
    """Every file, one after the other."""
    user = await users.get(tx, user_id=user_id)
    protection = await own_data.get_protection(tx, user_id=user_id)
    yield json_file("profile.json", "Account", portable(user, prefix="usr") | written(protection))
    for name, title, listed in _LISTS:
        yield json_file(name, title, [written(each) for each in await listed(tx, user_id=user_id)])
    living = await sessions.list_living(tx, user_id=user_id, now=datetime.now(UTC))
    yield json_file("sessions.json", "Signed-in browsers", [portable(each, but=_SECRETS) for each in living])
    async for file in _keys(tx, user):
        yield file
    yield File("audit.ndjson", "What you did, and what was done to your account", _audit(tx, user_id))


async def _keys(tx: Tx, user: User) -> AsyncIterator[File]:
    """What they sign in with and what they made for programs, without the keys themselves."""
    kept = await own_data.list_passkeys(tx, user_id=user.id)
    shown = [written(each, prefix="pk") for each in kept]
    yield json_file("passkeys.json", "Passkeys, without the keys", shown)
    made = await own_keys.list_made_by(tx, user_id=user.id, email=user.email)
    shown = [written(key, prefix="key") for key in made]
    yield json_file("api-keys.json", "API keys you made, without secrets", shown)


async def _audit(tx: Tx, user_id: UUID) -> Pieces:
    mine = show("usr", user_id)
    async for chunk in audit.walk(tx, filters=audit.Filters(actor=mine)):
        yield "".join(to_line(entry) for entry in chunk).encode()
    async for chunk in audit.walk(tx, filters=audit.Filters(target_id=mine)):
        others = [entry for entry in chunk if str(entry.entry.actor.id) != mine]
        yield "".join(to_line(entry) for entry in others).encode()
