"""Our own people: who they are, what they may do, and whether they may sign in."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import Depends, Request
from pydantic import BaseModel

from api.paging import Whole
from api.recent import Recent
from api.routing import new_router
from api.security import HouseTransaction, Principal, Transaction, actor_of, needs
from db import audit, members, sessions
from domain.audit import Entry
from domain.ids import read, show
from domain.member import require_admin_left
from domain.user import StaffRole, User

router = new_router(prefix="/v1/staff", tag="staff")


class ShownColleague(BaseModel):
    """A person of the staff."""

    user_id: str
    email: str
    name: str
    role: StaffRole
    state: Literal["active", "disabled"]
    created_at: datetime
    disabled_at: datetime | None


class Colleagues(Whole[ShownColleague]):
    """Everybody of the staff."""


class ColleagueChange(BaseModel):
    """What may change; what is left out stays."""

    role: StaffRole | None = None
    state: Literal["active", "disabled"] | None = None


@router.get("", dependencies=[Depends(needs("users:write"))])
async def list_all(tx: Transaction) -> Colleagues:
    """Everybody of the staff."""
    return Colleagues(items=[_shown(person) for person in await members.list_staff(tx)])


@router.patch("/{user_id}", dependencies=[Recent])
async def change(
    user_id: str,
    body: ColleagueChange,
    request: Request,
    tx: HouseTransaction,
    principal: Annotated[Principal, Depends(needs("users:write"))],
) -> ShownColleague:
    """Make somebody an admin or a contractor, or have them sign in no longer; sessions end at once."""
    before, admins = await members.lock_staff(tx, user_id=read("usr", user_id))
    now = datetime.now(UTC)
    after = _changed(before, body, now)
    require_admin_left(admins, losing=_counts(before) and not _counts(after))
    await members.save_staff(tx, user_id=after.id, staff_role=after.staff_role, disabled_at=after.disabled_at)
    if after.disabled_at is not None:
        await sessions.revoke_others(tx, user_id=after.id, but=None, now=now)
    entry = Entry("staff.change", "user", show("usr", after.id), None, _facts(before), _facts(after))
    await audit.append(tx, [entry], actor=actor_of(request, principal))
    return _shown(after)


def _changed(before: User, body: ColleagueChange, now: datetime) -> User:
    """The person after the change; whoever is disabled already keeps the time of it."""
    disabled_at = before.disabled_at
    if body.state is not None:
        disabled_at = None if body.state == "active" else before.disabled_at or now
    return User(
        id=before.id,
        email=before.email,
        name=before.name,
        kind=before.kind,
        staff_role=body.role or before.staff_role,
        created_at=before.created_at,
        disabled_at=disabled_at,
    )


def _counts(person: User) -> bool:
    """Whether the person is an admin who can sign in."""
    return person.staff_role == "admin" and person.disabled_at is None


def _facts(person: User) -> dict[str, object]:
    return {"role": person.staff_role, "disabled": person.disabled_at is not None, "email": person.email}


def _shown(person: User) -> ShownColleague:
    """The person as the door shows them."""
    return ShownColleague(
        user_id=show("usr", person.id),
        email=person.email,
        name=person.name,
        role=person.staff_role or "contractor",
        state="disabled" if person.disabled_at else "active",
        created_at=person.created_at,
        disabled_at=person.disabled_at,
    )
