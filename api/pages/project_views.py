"""What the page of one project shows, in the console and in the portal alike."""

from typing import Any

from fastapi import Request

from api import projects
from api.pages.asking import today
from api.project_shapes import ShownProject, shown_member, shown_milestone
from api.security import Principal
from db import members, milestones, project_members, users
from db.engine import Tx
from domain.ids import read, show
from domain.project import NEXT
from domain.project_role import ROLE_MEANINGS, may_change, sees_value


async def view(request: Request, tx: Tx, principal: Principal, project_id: str) -> dict[str, Any]:
    """The facts of a project's page, and what its reader may do there."""
    project = await projects.get(project_id, tx, principal)
    identifier = read("prj", project_id)
    role = await project_members.role_of(tx, project_id=identifier, user_id=principal.id)
    may, with_value = may_change(principal, role), sees_value(principal)
    steps = await milestones.list_all(tx, project_id=identifier)
    people = await project_members.list_all(tx, project_id=identifier)
    return {
        "project": project,
        "milestones": [shown_milestone(step, with_value=with_value) for step in steps],
        "people": [shown_member(person) for person in people],
        "role_here": role,
        "may_change": may,
        "sees_value": with_value,
        "sets_value": principal.can("projects:write"),
        "next_statuses": NEXT[project.status],
        "roles": list(ROLE_MEANINGS.items()),
        "offered": await _offered(tx, principal, project) if may else {},
        "today": today(request),
    }


async def _offered(tx: Tx, principal: Principal, project: ShownProject) -> dict[str, list[tuple[str, str]]]:
    """Whom a form offers: as owner the organization's people and for staff our own, for the project its people."""
    known = await users.list_members(tx, organization_id=read("org", project.organization_id))
    own = [(show("usr", member.user_id), member.name or member.email) for member in known]
    staff = await members.list_staff(tx) if principal.is_staff else []
    ours = [
        (show("usr", one.id), f"{one.name or one.email} (our team)")
        for one in staff
        if one.disabled_at is None
    ]
    return {"owners": _with_present(project, [*own, *ours]), "people": own}


def _with_present(project: ShownProject, offered: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The offered people, with the present owner whom the reader might not choose themselves."""
    owner = project.owner
    if owner is None or owner.user_id in {code for code, _ in offered}:
        return offered
    return [*offered, (owner.user_id, f"{owner.name} (our team)")]
