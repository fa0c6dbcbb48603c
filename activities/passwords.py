"""A person's new password, and what ends with the old one."""

from datetime import UTC, datetime

from db import challenges, devices, password_resets, sessions, users
from db.engine import Tx
from domain.user import User


async def set_password(tx: Tx, *, user: User, password_hash: str, but: bytes | None) -> None:
    """The person has this password; sessions but that one, and what the old one had opened, are of the past.

    That is: reset links, known browsers, and questions for a second factor that wait for an answer.
    """
    await users.set_password(tx, user_id=user.id, password_hash=password_hash)
    await password_resets.links.forget(tx, user.id)
    await sessions.revoke_others(tx, user_id=user.id, but=but, now=datetime.now(UTC))
    await devices.forget(tx, user_id=user.id)
    await challenges.forget(tx, user_id=user.id)
