"""One project: where it stands, its milestones and people, for its organization and for staff in the console."""

from typing import Annotated

from fastapi import Depends, Form, Request, Response

from api import milestones, project_members, projects
from api.pages.about import frame_root, in_console
from api.pages.acts import done
from api.pages.project_forms import DoneForm, MilestoneForm, PersonForm, ProjectForm
from api.pages.project_views import view
from api.pages.render import page
from api.pages.routing import OncePerForm, new_pages, new_portal
from api.security import HouseTransaction, Principal, Transaction, needs

portal = new_portal("/projects/{project_id}")
console = new_pages("/projects/{project_id}")
Reader = Annotated[Principal, Depends(needs("projects:read"))]


@portal.get("")
@console.get("")
async def show_one(project_id: str, request: Request, tx: Transaction, principal: Reader) -> Response:
    """The project with its milestones and people."""
    return page(
        request,
        "projects/one.html" if in_console(request) else "portal/project.html",
        base=f"{frame_root(request)}/projects",
        **await view(request, tx, principal, project_id),
    )


@portal.post("")
@console.post("")
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


@portal.post("/status")
@console.post("/status")
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


@portal.post("/milestones", dependencies=[OncePerForm])
@console.post("/milestones", dependencies=[OncePerForm])
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


@portal.post("/milestones/{milestone_id}")
@console.post("/milestones/{milestone_id}")
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


@portal.post("/milestones/{milestone_id}/done")
@console.post("/milestones/{milestone_id}/done")
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


@portal.post("/milestones/{milestone_id}/remove")
@console.post("/milestones/{milestone_id}/remove")
async def remove_milestone(
    project_id: str, milestone_id: str, request: Request, tx: HouseTransaction, principal: Reader
) -> Response:
    """Takes a milestone out."""
    await milestones.remove(project_id, milestone_id, request, tx, principal)
    return _back(request, project_id, "The milestone is removed.")


@portal.post("/people")
@console.post("/people")
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


@portal.post("/people/{user_id}/remove")
@console.post("/people/{user_id}/remove")
async def remove_person(
    project_id: str, user_id: str, request: Request, tx: HouseTransaction, principal: Reader
) -> Response:
    """Takes a person out of the project."""
    await project_members.remove(project_id, user_id, request, tx, principal)
    return _back(request, project_id, "They are no longer in the project.")


def _sets_value(principal: Principal) -> bool:
    """Whether the reader's forms carry the contracted value and amounts."""
    return principal.can("projects:write")


def _back(request: Request, project_id: str, text: str) -> Response:
    """Leads to the project's page, in the frame that the act came from."""
    return done(request, f"{frame_root(request)}/projects/{project_id}", text)
