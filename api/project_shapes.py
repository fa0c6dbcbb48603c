"""How the doors show projects, their people and their milestones."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, Field

from domain.engagement import Engagement
from domain.ids import show
from domain.milestone import Milestone
from domain.money import format_amount
from domain.project import ProjectStatus
from domain.project_role import ProjectMember, ProjectRole


class NewProject(BaseModel):
    """A project to be opened."""

    name: str = Field(max_length=400, examples=["Support assistant"])
    description: str = Field("", max_length=8000)
    status: Literal["planned", "active"] = "active"
    owner_id: str | None = Field(
        None, max_length=64, description="Who leads it: a member, or one of our staff"
    )
    contracted_value: str | None = Field(None, max_length=40, description="In the organization's currency")
    starts_on: date | None = None
    ends_on: date | None = None


class ProjectChange(BaseModel):
    """What may change; what is left out stays, null clears."""

    name: str = Field("", max_length=400)
    description: str = Field("", max_length=8000)
    owner_id: str | None = Field(None, max_length=64)
    contracted_value: str | None = Field(None, max_length=40)
    starts_on: date | None = None
    ends_on: date | None = None


class ShownOwner(BaseModel):
    """Who leads a project."""

    user_id: str
    name: str
    kind: Literal["member", "staff"]


class ShownProject(BaseModel):
    """A project; `contracted_value` is told to owners, admins and staff only."""

    id: str
    organization_id: str
    organization_name: str
    name: str
    description: str
    status: ProjectStatus
    owner: ShownOwner | None
    currency: str
    contracted_value: str | None
    starts_on: date | None
    ends_on: date | None
    milestones: int
    milestones_done: int
    next_milestone: str | None
    next_due_on: date | None
    people: int
    created_at: datetime
    archived_at: datetime | None


class ShownMilestone(BaseModel):
    """A milestone; `amount` is its part of the contracted value, told to owners, admins and staff only."""

    id: str
    project_id: str
    name: str
    due_on: date | None
    amount: str | None
    place: int = Field(description="Its order, from 1")
    done_at: datetime | None
    created_at: datetime


class ShownProjectMember(BaseModel):
    """A person in a project."""

    project_id: str
    user_id: str
    name: str
    email: str
    role: ProjectRole
    created_at: datetime


def shown_project(engagement: Engagement, *, with_value: bool) -> ShownProject:
    """The project as the door shows it."""
    project = engagement.project
    same = ("name", "description", "status", "starts_on", "ends_on", "created_at", "archived_at")
    beside = ("organization_name", "currency", "milestones", "next_due_on", "people")
    return ShownProject(
        id=show("prj", project.id),
        organization_id=show("org", project.organization_id),
        owner=_owner(engagement),
        contracted_value=_amount(project.contracted_nanos, told=with_value),
        milestones_done=engagement.done,
        next_milestone=engagement.next_name,
        **{name: getattr(project, name) for name in same},
        **{name: getattr(engagement, name) for name in beside},
    )


def _owner(engagement: Engagement) -> ShownOwner | None:
    """Who leads it, if somebody does."""
    project = engagement.project
    if project.owner_id is None:
        return None
    kind: Literal["member", "staff"] = "member" if project.owner_member_id else "staff"
    return ShownOwner(user_id=show("usr", project.owner_id), name=engagement.owner_name, kind=kind)


def shown_milestone(milestone: Milestone, *, with_value: bool) -> ShownMilestone:
    """The milestone as the door shows it."""
    return ShownMilestone(
        id=show("mst", milestone.id),
        project_id=show("prj", milestone.project_id),
        name=milestone.name,
        due_on=milestone.due_on,
        amount=_amount(milestone.amount_nanos, told=with_value),
        place=milestone.place,
        done_at=milestone.done_at,
        created_at=milestone.created_at,
    )


def shown_member(member: ProjectMember) -> ShownProjectMember:
    """The person as the door shows them."""
    return ShownProjectMember(
        project_id=show("prj", member.project_id),
        user_id=show("usr", member.user_id),
        name=member.name,
        email=member.email,
        role=member.role,
        created_at=member.created_at,
    )


def _amount(nanos: int | None, *, told: bool) -> str | None:
    """An amount for who may see it."""
    return format_amount(nanos) if told and nanos is not None else None
