"""How people and their sessions are shown."""

from datetime import datetime

from pydantic import BaseModel, Field

from domain.devices import device_named
from domain.ids import show
from domain.principal import Principal
from domain.roles import Permission, Role
from domain.second_factor import SecondFactor
from domain.user import Session, SignedIn, SignInMethod


class ShownPerson(BaseModel):
    """Who is signed in, and what they may do."""

    user_id: str
    email: str
    name: str
    role: Role | None
    organization_id: str | None
    permissions: list[Permission]
    proved_at: datetime = Field(description="When they last proved who they are")
    csrf_token: str = Field(description="Send it as X-CSRF-Token with every change")


class ShownChallenge(BaseModel):
    """The password was right; a second factor is asked for before there is a session."""

    challenge: str = Field(description="Send it back with the code, within ten minutes")
    methods: list[SecondFactor]


class ShownSession(BaseModel):
    """A signed-in browser."""

    id: str
    device: str = Field(description="In plain words, for example: Firefox on Linux")
    ip: str
    agent: str
    method: SignInMethod
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    proved_at: datetime
    current: bool


def shown_person(signed_in: SignedIn) -> ShownPerson:
    """Who is signed in, as the door shows them."""
    person = signed_in.principal()
    return ShownPerson(
        user_id=show("usr", person.id),
        email=signed_in.user.email,
        name=signed_in.user.name,
        role=person.role,
        organization_id=show("org", person.organization_id) if person.organization_id else None,
        permissions=sorted(person.permissions),
        proved_at=signed_in.session.proved_at,
        csrf_token=signed_in.session.csrf_token,
    )


def shown_session(session: Session, person: Principal) -> ShownSession:
    """A session, as the door shows it."""
    return ShownSession(
        id=session.name,
        device=device_named(session.agent),
        ip=session.ip,
        agent=session.agent,
        method=session.method,
        created_at=session.created_at,
        seen_at=session.seen_at,
        expires_at=session.expires_at,
        proved_at=session.proved_at,
        current=session.token_hash == person.session,
    )
