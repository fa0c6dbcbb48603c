"""Sessions of signed-in people: opened by password, listed, switched, ended."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Request, Response
from pydantic import BaseModel, Field

from api.identities import SESSION_COOKIE
from api.routing import new_router
from api.security import HouseTransaction, Principal, actor_of, needs, public
from api.signing_in import set_cookie, sign_in
from db import audit, sessions, users
from db.engine import Tx
from domain.audit import Entry
from domain.errors import NotFound
from domain.ids import read, show
from domain.roles import Permission, Role
from domain.user import Session, SignedIn

router = new_router(prefix="/v1/sessions", tag="sessions")
Person = Annotated[Principal, Depends(needs("sessions:own"))]


class SignIn(BaseModel):
    """What somebody signs in with."""

    email: str = Field(max_length=320)
    password: str = Field(max_length=400)


class Switch(BaseModel):
    """The organization a session shall speak for."""

    organization_id: str = Field(max_length=64)


class ShownPerson(BaseModel):
    """Who is signed in, and what they may do."""

    user_id: str
    email: str
    role: Role | None
    organization_id: str | None
    permissions: list[Permission]
    csrf_token: str = Field(description="Send it as X-CSRF-Token with every change")


class ShownSession(BaseModel):
    """A signed-in browser."""

    id: str
    ip: str
    agent: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    current: bool


class Sessions(BaseModel):
    """A person's sessions, the newest first."""

    items: list[ShownSession]
    next_cursor: str | None = None


@router.post("", status_code=201)
@public("this is how one signs in; guessing is slowed down by account and address")
async def create(body: SignIn, request: Request, response: Response) -> ShownPerson:
    """Sign in; the session comes as a cookie."""
    opened = await sign_in(request, email=body.email, password=body.password)
    set_cookie(request, response, opened.token)
    return _shown_person(opened.signed_in)


@router.get("/current")
async def get_current(tx: HouseTransaction, person: Person) -> ShownPerson:
    """Who is signed in."""
    return _shown_person(await _current(tx, person))


@router.get("")
async def list_own(tx: HouseTransaction, person: Person) -> Sessions:
    """One's own sessions."""
    found = await sessions.list_living(tx, user_id=person.id, now=datetime.now(UTC))
    return Sessions(items=[_shown(session, person) for session in found])


@router.post("/current/organization")
async def switch(body: Switch, tx: HouseTransaction, person: Person) -> ShownPerson:
    """Speak for another of one's organizations."""
    current = await _current(tx, person)
    wanted = read("org", body.organization_id)
    mine = {found.organization_id for found in await users.list_memberships(tx, user_id=person.id)}
    if wanted not in mine:
        raise NotFound("There is no such organization")
    await sessions.switch(tx, token_hash=current.session.token_hash, organization_id=wanted)
    return _shown_person(await _current(tx, person))


@router.delete("/current", status_code=204)
async def end_current(request: Request, response: Response, tx: HouseTransaction, person: Person) -> None:
    """Sign out."""
    await _end(request, tx, person, (await _current(tx, person)).session)
    response.delete_cookie(SESSION_COOKIE, path="/")


@router.delete("/{session_id}", status_code=204)
async def end(session_id: str, request: Request, tx: HouseTransaction, person: Person) -> None:
    """End one of one's own sessions, for example on a lost device."""
    living = await sessions.list_living(tx, user_id=person.id, now=datetime.now(UTC))
    found = next((session for session in living if session.name == session_id), None)
    if found is None:
        raise NotFound("There is no such session")
    await _end(request, tx, person, found)


async def _current(tx: Tx, person: Principal) -> SignedIn:
    """The caller's own session."""
    found = await sessions.find(tx, token_hash=person.session or b"")
    if found is None:
        raise NotFound("There is no session")
    return found


async def _end(request: Request, tx: Tx, person: Principal, session: Session) -> None:
    """Revokes a session and writes it down."""
    await sessions.revoke(tx, token_hash=session.token_hash, now=datetime.now(UTC))
    entry = Entry("session.end", "session", session.name, session.organization_id)
    await audit.append(tx, [entry], actor=actor_of(request, person))


def _shown_person(signed_in: SignedIn) -> ShownPerson:
    """Who is signed in, as the door shows them."""
    person = signed_in.principal()
    return ShownPerson(
        user_id=show("usr", person.id),
        email=signed_in.user.email,
        role=person.role,
        organization_id=show("org", person.organization_id) if person.organization_id else None,
        permissions=sorted(person.permissions),
        csrf_token=signed_in.session.csrf_token,
    )


def _shown(session: Session, person: Principal) -> ShownSession:
    """A session, as the door shows it."""
    return ShownSession(
        id=session.name,
        ip=session.ip,
        agent=session.agent,
        created_at=session.created_at,
        seen_at=session.seen_at,
        expires_at=session.expires_at,
        current=session.token_hash == person.session,
    )
