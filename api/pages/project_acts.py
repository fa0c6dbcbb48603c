"""What is done to a project from its page, in the console and in the portal alike."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from pydantic import BaseModel, Field

from api import milestones, project_members, projects
from api.pages.acts import done
from api.pages.routing import OncePerForm
from api.project_shapes import ProjectChange
from api.security import HouseTransaction, Principal, needs
from domain.project_role import ProjectRole

Reader = Annotated[Principal, Depends(needs("projects:read"))]


class ProjectForm(BaseModel):
    """What describes a project, as its form sends it."""

    name: str = Field("", max_length=400)
    description: str = Field("", max_length=8000)
    owner_id: str = Field("", max_length=64)
    contracted_value: str = Field("", max_length=40)
    starts_on: str = Field("", max_length=10)
    ends_on: str = Field("", max_length=10)

    def change(self, *, with_value: bool) -> ProjectChange:
        """The same as the door takes it: a field left blank is cleared, the value only by who may set it."""
        facts = self.model_dump(exclude=None if with_value else {"contracted_value"})
        blank = {name: None for name, value in facts.items() if not value}
        return ProjectChange.model_validate(
            facts | blank | {"name": self.name, "description": self.description}
        )


class MilestoneForm(BaseModel):
    """A milestone as its form sends it."""

    name: str = Field("", max_length=400)
    due_on: str = Field("", max_length=10)
    amount: str = Field("", max_length=40)
    place: int | None = Field(None, ge=1, le=1000)

    def facts(self, *, with_value: bool) -> dict[str, object]:
        """The same as the door takes it: a field left blank is cleared, the amount only by who may set it."""
        facts: dict[str, object] = {"name": self.name, "due_on": self.due_on or None}
        facts |= {"amount": self.amount or None} if with_value else {}
        return facts if self.place is None else facts | {"place": self.place}


class PersonForm(BaseModel):
    """A person and what they are in the project."""

    user_id: str = Field(max_length=64)
    role: ProjectRole


class DoneForm(BaseModel):
    """Whether a milestone is done."""

    done: bool


async def change(
    project_id: str,
    form: Annotated[ProjectForm, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Reader,
) -> Response:
    """Changes what describes the project."""
    after = await projects.change(
        project_id, form.change(with_value=_sets_value(principal)), request, tx, principal
    )
    return _back(request, project_id, f"{after.name} is changed.")


async def move(
    project_id: str,
    form: Annotated[projects.NewStatus, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Reader,
) -> Response:
    """Says where the project stands now."""
    after = await projects.move(project_id, form, request, tx, principal)
    return _back(request, project_id, f"{after.name} is {after.status.replace('_', ' ')}.")


async def add_milestone(
    project_id: str,
    form: Annotated[MilestoneForm, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Reader,
) -> Response:
    """Adds a milestone behind the others."""
    body = milestones.NewMilestone.model_validate(form.facts(with_value=_sets_value(principal)))
    made = await milestones.create(project_id, body, request, tx, principal)
    return _back(request, project_id, f"The milestone {made.name} is added.")


async def change_milestone(
    project_id: str,
    milestone_id: str,
    form: Annotated[MilestoneForm, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Reader,
) -> Response:
    """Changes a milestone, or moves it in the order."""
    body = milestones.MilestoneChange.model_validate(form.facts(with_value=_sets_value(principal)))
    after = await milestones.change(project_id, milestone_id, body, request, tx, principal)
    return _back(request, project_id, f"The milestone {after.name} is changed.")


async def finish_milestone(
    project_id: str,
    milestone_id: str,
    form: Annotated[DoneForm, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Reader,
) -> Response:
    """Says that a milestone is done, or that it is not."""
    body = milestones.MilestoneChange(done=form.done)
    after = await milestones.change(project_id, milestone_id, body, request, tx, principal)
    return _back(request, project_id, f"{after.name} is {'done' if after.done_at else 'open again'}.")


async def remove_milestone(
    project_id: str, milestone_id: str, request: Request, tx: HouseTransaction, principal: Reader
) -> Response:
    """Takes a milestone out."""
    await milestones.remove(project_id, milestone_id, request, tx, principal)
    return _back(request, project_id, "The milestone is removed.")


async def put_person(
    project_id: str,
    form: Annotated[PersonForm, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Reader,
) -> Response:
    """Takes a person into the project, or gives them another role in it."""
    body = project_members.InProject(role=form.role)
    member = await project_members.put(project_id, form.user_id, body, request, tx, principal)
    return _back(request, project_id, f"{member.name or member.email} is in the project.")


async def remove_person(
    project_id: str, user_id: str, request: Request, tx: HouseTransaction, principal: Reader
) -> Response:
    """Takes a person out of the project."""
    await project_members.remove(project_id, user_id, request, tx, principal)
    return _back(request, project_id, "They are no longer in the project.")


def add_acts(router: APIRouter) -> None:
    """Adds the acts below `/{project_id}` to a router of projects' pages."""
    acts = (
        ("", change),
        ("/status", move),
        ("/milestones", add_milestone),
        ("/milestones/{milestone_id}", change_milestone),
        ("/milestones/{milestone_id}/done", finish_milestone),
        ("/milestones/{milestone_id}/remove", remove_milestone),
        ("/people", put_person),
        ("/people/{user_id}/remove", remove_person),
    )
    for path, act in acts:
        once = [OncePerForm] if act is add_milestone else []
        router.add_api_route(f"/{{project_id}}{path}", act, methods=["POST"], dependencies=once)


def _sets_value(principal: Principal) -> bool:
    """Whether the reader's forms carry the contracted value and amounts."""
    return principal.can("projects:write")


def _back(request: Request, project_id: str, text: str) -> Response:
    """Leads to the project's page, in the frame that the act came from."""
    frame = request.url.path.split("/")[1]
    return done(request, f"/{frame}/projects/{project_id}", text)
