"""Projects of all clients: what is done, for whom, worth how much, and what comes next."""

from typing import Annotated

from fastapi import Depends, Query, Request, Response

from api import projects
from api.pages.asking import given, organization_asked, today
from api.pages.render import page
from api.pages.routing import new_pages
from api.paging import Pages
from api.security import Principal, Transaction, needs
from db import members
from domain.ids import show
from domain.project import ProjectStatus
from domain.project_role import sees_value

router = new_pages("/projects")
Reader = Annotated[Principal, Depends(needs("projects:read"))]


@router.get("")
async def list_all(
    request: Request,
    tx: Transaction,
    pages: Pages,
    principal: Reader,
    status: ProjectStatus | None = None,
    owner_id: Annotated[str | None, Query(max_length=64)] = None,
    search: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """Every project that the reader sees, the newest first."""
    chosen = await organization_asked(tx, given(request))
    found = await projects.list_across(
        tx, pages, principal, chosen.shown_id if chosen else None, status, owner_id, None, search
    )
    staff = await members.list_staff(tx) if principal.is_staff else []
    return page(
        request,
        "projects/list.html",
        projects=found.items,
        next_cursor=found.next_cursor,
        owners=[(show("usr", person.id), person.name or person.email) for person in staff],
        sees_value=sees_value(principal),
        today=today(request),
    )
