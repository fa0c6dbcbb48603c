"""Idempotency keys: a repeated request gets the first answer again, another request a refusal."""

import hashlib
import json
from dataclasses import dataclass

from sandbox.account import Account
from sandbox.errors import Json, idempotency_mismatch, invalid
from sandbox.forms import Tree

_KEPT_SECONDS = 24 * 3600
_LONGEST_KEY = 255


@dataclass(frozen=True)
class Replay:
    """The answer given the first time."""

    status: int
    body: Json


def find_replay(account: Account, key: str, path: str, raw: Tree) -> Replay | None:
    """The answer that key already got, or None for a new key; keys are forgotten after a day.

    Raises:
        StripeError: The key belongs to another request.
    """
    if len(key) > _LONGEST_KEY:
        raise invalid(f"Idempotency keys can be up to {_LONGEST_KEY} characters long.")
    row = account.store.row("select * from replays where key = ?", key)
    if row is None or row["created"] < account.now() - _KEPT_SECONDS:
        return None
    if row["request"] != _fingerprint(path, raw):
        raise idempotency_mismatch(key)
    return Replay(row["status"], json.loads(row["body"]))


def keep_answer(account: Account, key: str, path: str, raw: Tree, status: int, body: Json) -> None:
    """Remember an answer, errors included, for the next request with that key."""
    account.store.connection.execute(
        "insert or replace into replays (key, request, status, body, created) values (?, ?, ?, ?, ?)",
        (key, _fingerprint(path, raw), status, json.dumps(body), account.now()),
    )


def _fingerprint(path: str, raw: Tree) -> str:
    return hashlib.sha256(json.dumps([path, raw], sort_keys=True).encode()).hexdigest()
