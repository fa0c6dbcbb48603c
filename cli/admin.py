"""`backoffice admin`: the people who run the house."""

import asyncio
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from activities.passwords import set_password
from cli.reach import settings as read_settings
from db import api_keys, audit, users
from db.engine import Database, Tx
from domain.api_key import issue
from domain.audit import Actor, Entry
from domain.email import email_spelled
from domain.errors import Refusal
from domain.ids import new_id, show
from domain.key_form import keyed_hash, mint
from domain.password import password_checked
from domain.user import StaffRole, User
from gateways.passwords import Passwords
from gateways.settings import Settings

app = typer.Typer(help="The people who run the house.", no_args_is_help=True)
DEVELOPMENT_EMAIL = "admin@backoffice.example"
_COMMAND_LINE = Actor("system", "command-line", "Command line")


@dataclass(frozen=True, slots=True)
class DevelopmentAdmin:
    """The staff admin of a development stack, and a staff key that may do whatever a key may."""

    email: str
    password: str
    api_key: str


@app.callback()
def group() -> None:
    """The people who run the house."""


@app.command()
def create(
    email: Annotated[str, typer.Option(help="What they sign in with.")],
    name: Annotated[str, typer.Option(help="How they are called.")] = "",
    contractor: Annotated[bool, typer.Option("--contractor", help="May mostly only read.")] = False,
    password: Annotated[
        str | None, typer.Option(envvar="BACKOFFICE_ADMIN_PASSWORD", help="Made and shown when left out.")
    ] = None,
) -> None:
    """Create a staff account; one that exists gets a new password and nothing else, and is signed out everywhere."""
    chosen = password or secrets.token_urlsafe(18)
    role: StaffRole = "contractor" if contractor else "admin"
    try:
        spelled = email_spelled(email)
        checked = password_checked(chosen, about=(spelled, name))
        known = asyncio.run(_create(read_settings(), spelled, name, role, checked))
    except Refusal as refusal:
        typer.echo(refusal.detail, err=True)
        raise typer.Exit(1) from None
    shown = "" if password else f" with the password {chosen}"
    typer.echo(f"{email} may sign in{shown}" if known is None else f"{_as_before(known)}{shown}")


@app.command()
def permissions(
    out: Annotated[Path | None, typer.Option(help="The file to write; standard output without it.")] = None,
) -> None:
    """Print who may do what, and what each route needs."""
    from api.app import create_app
    from api.permission_table import permission_table

    table = permission_table(create_app(read_settings()))
    if out is None:
        typer.echo(table)
    else:
        out.write_text(table, encoding="utf-8")


def ensure_development_admin(settings: Settings) -> DevelopmentAdmin:
    """The same admin and key at every start: both follow from the stack's own pepper.

    Raises:
        RuntimeError: these settings are not for development.
    """
    if settings.strict:
        raise RuntimeError(
            "a development admin is for BACKOFFICE_ENV=development only; use: backoffice admin create"
        )
    password = mint("test", _derived(settings, "password"))[-20:]
    made = DevelopmentAdmin(DEVELOPMENT_EMAIL, password, mint("live", _derived(settings, "key")))
    asyncio.run(_ensure(settings, made))
    return made


def _as_before(known: User) -> str:
    """What the command did to an account that was there."""
    told = (
        f"{known.email} was there ({known.staff_role}) and has a new password; name and kind are as they were"
    )
    closed = "; the account is closed, and another admin opens it in the list of staff"
    return told + (closed if known.disabled_at else "; it may sign in")


async def _create(settings: Settings, email: str, name: str, role: StaffRole, password: str) -> User | None:
    """Opens the account, or gives the one that is there the password, in its own transaction; says which was there."""
    hashed = await Passwords().hashed(password)
    database = Database.open(settings.database_url, pool_size=1)
    try:
        async with database.begin() as tx:
            known = await users.find_credentials(tx, email=email)
            if known is None or known.user.kind != "staff":
                await _open_account(tx, email, name, role, hashed)
                return None
            await _give_password(tx, known.user, hashed)
            return known.user
    finally:
        await database.close()


async def _ensure(settings: Settings, admin: DevelopmentAdmin) -> None:
    """Opens account and key unless they are there."""
    passwords = Passwords()
    database = Database.open(settings.database_url, pool_size=1)
    try:
        async with database.begin() as tx:
            known = await users.find_credentials(tx, email=admin.email)
            if not await passwords.matches(admin.password, known.password_hash if known else None):
                hashed = await passwords.hashed(admin.password)
                await (
                    _give_password(tx, known.user, hashed)
                    if known
                    else _open_account(tx, admin.email, "Development admin", "admin", hashed)
                )
            await _ensure_key(tx, settings.key_pepper, admin.api_key)
    finally:
        await database.close()


async def _give_password(tx: Tx, known: User, password_hash: str) -> None:
    """A new password for an account that is there: its sessions end, and the log says so."""
    await set_password(tx, user=known, password_hash=password_hash, but=None)
    await audit.append(tx, [Entry("user.password_set", "user", show("usr", known.id))], actor=_COMMAND_LINE)


async def _open_account(tx: Tx, email: str, name: str, role: StaffRole, password_hash: str) -> None:
    """The account with this password, and an entry in the audit log.

    Raises:
        Conflict: the address is a client's.
    """
    fresh = User(
        id=new_id(), email=email, name=name, kind="staff", staff_role=role, created_at=datetime.now(UTC)
    )
    identifier = await users.ensure(tx, fresh, password_hash=password_hash)
    entry = Entry("user.create", "user", show("usr", identifier), after={"email": email, "staff_role": role})
    await audit.append(tx, [entry], actor=_COMMAND_LINE)


async def _ensure_key(tx: Tx, pepper: str, secret: str) -> None:
    """A staff key with this secret and every permission a key may have."""
    digest = keyed_hash(secret, pepper)
    if await api_keys.find_by_hash(tx, key_hash=digest) is not None:
        return
    key, _ = issue(
        organization_id=None,
        project_id=None,
        name="Development admin",
        environment="live",
        scopes=("platform:all",),
        created_by="command line",
        now=datetime.now(UTC),
        secret=secret,
    )
    await api_keys.insert_one(tx, key, key_hash=digest)
    entry = Entry("key.create", "key", show("key", key.id), after={"name": key.name, "scopes": key.scopes})
    await audit.append(tx, [entry], actor=_COMMAND_LINE)


def _derived(settings: Settings, purpose: str) -> bytes:
    """32 bytes that belong to this stack and purpose."""
    return hmac.digest(settings.key_pepper.encode(), f"development admin {purpose}".encode(), hashlib.sha256)
