"""Sessions of signed-in people: opened by password, listed, switched, ended."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Request, Response
from pydantic import BaseModel, Field

from api.account_shapes import ShownChallenge, ShownPerson, ShownSession, shown_person, shown_session
from api.challenges import Challenged
from api.cookies import SESSION_COOKIE, drop_cookie, write_session
from api.origins import OwnSite
from api.paging import Whole
from api.routing import new_router
from api.second_step import pass_by_code
from api.security import HouseTransaction, Principal, actor_of, needs, public
from api.session_renewal import renews
from api.session_switch import speak_for, token_of_renewed
from api.signing_in import sign_in
from db import audit, members, sessions, users
from db.engine import Tx
from domain.audit import Entry
from domain.errors import NotFound
from domain.ids import read, show
from domain.user import Session, SignedIn, token_hash

router = new_router(prefix="/v1/sessions", tag="sessions")
Person = Annotated[Principal, Depends(needs("sessions:own"))]


class SignIn(BaseModel):
    """What somebody signs in with."""

    email: str = Field(max_length=320)
    password: str = Field(max_length=400)


class Switch(BaseModel):
    """The organization a session shall speak for."""

    organization_id: str = Field(max_length=64)


class Code(BaseModel):
    """The second step."""

    challenge: str = Field(max_length=100)
    code: str = Field(max_length=40, description="Of the authenticator app, or a recovery code")


class Sessions(Whole[ShownSession]):
    """A person's sessions, the newest first."""


@router.post(
    "",
    status_code=201,
    dependencies=[OwnSite],
    responses={202: {"model": ShownChallenge, "description": "A code is needed"}},
)
@public("this is how one signs in; guessing is slowed down by account and address")
async def create(body: SignIn, request: Request, response: Response) -> ShownPerson | ShownChallenge:
    """Sign in; the session comes as a cookie. With a second factor the answer is 202, and the code goes next door."""
    found = await sign_in(request, email=body.email, password=body.password)
    if isinstance(found, Challenged):
        response.status_code = 202
        return ShownChallenge(challenge=found.token, methods=list(found.methods))
    found.hand_over(request, response)
    return shown_person(found.signed_in)


@router.post("/second-factor", status_code=201, dependencies=[OwnSite])
@public("the second step of signing in; guessing is slowed down by account and address")
async def give_code(body: Code, request: Request, response: Response) -> ShownPerson:
    """Sign in by the code that a right password was answered with a question for."""
    opened = await pass_by_code(request, token=body.challenge, code=body.code)
    opened.hand_over(request, response)
    return shown_person(opened.signed_in)


@router.get("/current")
async def get_current(tx: HouseTransaction, person: Person) -> ShownPerson:
    """Who is signed in."""
    return shown_person(await _current(tx, person))


@router.get("")
async def list_own(tx: HouseTransaction, person: Person) -> Sessions:
    """One's own sessions."""
    found = await sessions.list_living(tx, user_id=person.id, now=datetime.now(UTC))
    return Sessions(items=[shown_session(session, person) for session in found])


@router.post("/current/organization")
@renews
async def switch(
    body: Switch, request: Request, response: Response, tx: HouseTransaction, person: Person
) -> ShownPerson:
    """Speak for another of one's organizations; signing in begins with the one chosen last.

    In another organization the session goes on under a new cookie and a new CSRF token. Repeated at once with the old
    ones, it hands over the same new ones.
    """
    current = await _current_or_renewed(tx, request, person)
    wanted = read("org", body.organization_id)
    if await members.find_role(tx, organization_id=wanted, user_id=person.id) is None:
        raise NotFound("There is no such organization")
    actor = actor_of(request, person)
    renewed, token = await speak_for(tx, request, current.session, organization_id=wanted, actor=actor)
    await users.note_choice(tx, organization_id=wanted, user_id=person.id, now=datetime.now(UTC))
    if token:
        write_session(request, response, token)
    return shown_person(renewed)


@router.delete("/current", status_code=204)
async def end_current(request: Request, response: Response, tx: HouseTransaction, person: Person) -> None:
    """Sign out."""
    await _end(request, tx, person, (await _current(tx, person)).session)
    drop_cookie(request, response, SESSION_COOKIE)


@router.delete("", status_code=204)
async def end_others(request: Request, tx: HouseTransaction, person: Person) -> None:
    """Sign out everywhere but here."""
    count = await sessions.revoke_others(tx, user_id=person.id, but=person.session, now=datetime.now(UTC))
    entry = Entry("session.end_others", "user", show("usr", person.id), after={"sessions": count})
    await audit.append(tx, [entry], actor=actor_of(request, person))


@router.delete("/{session_id}", status_code=204)
async def end(session_id: str, request: Request, tx: HouseTransaction, person: Person) -> None:
    """End one of one's own sessions, for example on a lost device."""
    living = await sessions.list_living(tx, user_id=person.id, now=datetime.now(UTC))
    found = next((session for session in living if session.name == session_id), None)
    if found is None:
        raise NotFound("There is no such session")
    await _end(request, tx, person, found)


async def _current_or_renewed(tx: Tx, request: Request, person: Principal) -> SignedIn:
    """The caller's own session, also when a twin of this request has renewed it since this one was let in."""
    found = await sessions.find(tx, token_hash=person.session or b"")
    if found is None and (token := await token_of_renewed(tx, request)):
        found = await sessions.find(tx, token_hash=token_hash(token))
    if found is None:
        raise NotFound("There is no session")
    return found


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
