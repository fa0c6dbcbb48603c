"""Milestones of a project: added, changed, put in order, done."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Annotated, Any

from fastapi import Depends, Request
from pydantic import BaseModel, Field

from api.paging import Whole
from api.project_access import changeable, note, seen
from api.project_shapes import ShownMilestone, shown_milestone
from api.routing import Once, new_router
from api.security import Principal, Transaction, needs
from db import milestones
from db.engine import Tx
from domain.errors import Invalid
from domain.ids import new_id, read, show
from domain.milestone import Milestone, places, require_within
from domain.money import format_known, parse_amount
from domain.project import Project
from domain.project_role import sees_value
from domain.spelling import name_spelled

router = new_router(prefix="/v1/projects/{project_id}/milestones", tag="projects")
Reader = Annotated[Principal, Depends(needs("projects:read"))]
MOST = 200


class NewMilestone(BaseModel):
    """A milestone to be added behind the others."""

    name: str = Field(max_length=400, examples=["First version live"])
    due_on: date | None = None
    amount: str | None = Field(None, max_length=40, description="Its part of the contracted value")


class MilestoneChange(BaseModel):
    """What may change; what is left out stays, null clears."""

    name: str = Field("", max_length=400)
    due_on: date | None = None
    amount: str | None = Field(None, max_length=40)
    place: int = Field(1, ge=1, le=1000, description="Its order, from 1")
    done: bool = False


class Milestones(Whole[ShownMilestone]):
    """A project's milestones in their order."""


@router.get("")
async def list_all(project_id: str, tx: Transaction, principal: Reader) -> Milestones:
    """A project's milestones in their order."""
    await seen(tx, principal, project_id)
    found = await milestones.list_all(tx, project_id=read("prj", project_id))
    with_value = sees_value(principal)
    return Milestones(items=[shown_milestone(milestone, with_value=with_value) for milestone in found])


@router.post("", status_code=201, dependencies=[Once])
async def create(
    project_id: str, body: NewMilestone, request: Request, tx: Transaction, principal: Reader
) -> ShownMilestone:
    """Add a milestone behind the others."""
    project = await changeable(tx, principal, project_id)
    fresh = Milestone(
        id=new_id(),
        organization_id=project.organization_id,
        project_id=project.id,
        name=name_spelled(body.name),
        due_on=body.due_on,
        amount_nanos=_amount(principal, body.amount),
        place=await milestones.next_place(tx, project_id=project.id),
        done_at=None,
        created_at=datetime.now(UTC),
    )
    await _require_room(tx, project, fresh)
    await milestones.insert_one(tx, fresh)
    await note(request, tx, principal, "milestone.create", project, None, _told(fresh))
    return shown_milestone(fresh, with_value=sees_value(principal))


@router.patch("/{milestone_id}")
async def change(
    project_id: str,
    milestone_id: str,
    body: MilestoneChange,
    request: Request,
    tx: Transaction,
    principal: Reader,
) -> ShownMilestone:
    """Change a milestone, move it in the order, or say that it is done."""
    project = await changeable(tx, principal, project_id)
    before = await milestones.get(tx, project_id=project.id, milestone_id=read("mst", milestone_id))
    after = replace(before, **_changes(principal, before, body))
    await _require_room(tx, project, after)
    await milestones.save(tx, after)
    if "place" in body.model_fields_set and body.place != before.place:
        known = await milestones.list_all(tx, project_id=project.id)
        await milestones.reorder(tx, ids=places(known, before.id, body.place))
        after = await milestones.get(tx, project_id=project.id, milestone_id=before.id)
    await note(request, tx, principal, "milestone.change", project, _told(before), _told(after))
    return shown_milestone(after, with_value=sees_value(principal))


@router.delete("/{milestone_id}", status_code=204)
async def remove(
    project_id: str, milestone_id: str, request: Request, tx: Transaction, principal: Reader
) -> None:
    """Take a milestone out; the audit log remembers it."""
    project = await changeable(tx, principal, project_id)
    before = await milestones.get(tx, project_id=project.id, milestone_id=read("mst", milestone_id))
    if before.amount_nanos:
        principal.require("projects:write")
    await milestones.remove(tx, milestone_id=before.id)
    await note(request, tx, principal, "milestone.remove", project, _told(before), None)


def _changes(principal: Principal, before: Milestone, body: MilestoneChange) -> dict[str, Any]:
    """The fields that a change gives, as the domain knows them."""
    given = body.model_fields_set
    facts: dict[str, Any] = {"due_on": body.due_on} if "due_on" in given else {}
    if "name" in given:
        facts["name"] = name_spelled(body.name)
    if "amount" in given:
        principal.require("projects:write")
        facts["amount_nanos"] = _amount(principal, body.amount)
    if "done" in given:
        facts["done_at"] = (before.done_at or datetime.now(UTC)) if body.done else None
    return facts


async def _require_room(tx: Tx, project: Project, milestone: Milestone) -> None:
    """Refuses too many milestones, and amounts above the contracted value.

    Raises:
        Invalid: with the limit.
    """
    known = await milestones.list_all(tx, project_id=project.id)
    others = [other for other in known if other.id != milestone.id]
    if len(others) >= MOST:
        raise Invalid(f"A project has at most {MOST} milestones; remove some, or open another project")
    if milestone.amount_nanos is not None:
        require_within(project.contracted_nanos, [*others, milestone])


def _amount(principal: Principal, amount: str | None) -> int | None:
    """An amount in nanos for who may set it; nothing when none is given."""
    if amount is None or not amount.strip():
        return None
    principal.require("projects:write")
    nanos = parse_amount(amount.strip(), field="amount")
    if nanos < 0:
        raise Invalid("amount: write an amount from 0 on")
    return nanos


def _told(milestone: Milestone) -> dict[str, Any]:
    """What the audit log says about a milestone."""
    amount = milestone.amount_nanos
    return {
        "milestone": show("mst", milestone.id),
        "name": milestone.name,
        "due_on": milestone.due_on.isoformat() if milestone.due_on else None,
        "amount": format_known(amount),
        "place": milestone.place,
        "done_at": milestone.done_at.isoformat() if milestone.done_at else None,
    }
