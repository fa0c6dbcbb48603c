"""An organization's departments, in the console."""

from typing import Annotated

from fastapi import Depends, Form, Request, Response

from api import departments, organizations
from api.pages import department_acts
from api.pages.department_acts import ClosingForm, PlacementForm, back
from api.pages.render import page
from api.pages.routing import OncePerForm, new_pages
from api.security import HouseTransaction, OrganizationInPath, Principal, Transaction, needs

router = new_pages("/organizations/{organization_id}/departments")
Writer = Annotated[Principal, Depends(needs("departments:write"))]


@router.get("", dependencies=[Depends(needs("members:read"))])
async def list_all(
    organization_id: OrganizationInPath,
    request: Request,
    tx: Transaction,
    principal: Annotated[Principal, Depends(needs("departments:read"))],
) -> Response:
    """The departments, and who belongs to which."""
    return page(
        request,
        "organizations/departments.html",
        organization=await organizations.get(organization_id, tx),
        tab="departments",
        **await department_acts.view(tx, principal, organization_id),
    )


@router.post("", dependencies=[OncePerForm])
async def create(
    organization_id: OrganizationInPath,
    form: Annotated[departments.DepartmentName, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Writer,
) -> Response:
    """Opens a department."""
    made = await departments.create(organization_id, form, request, tx, principal)
    return back(request, f"{made.name} is open.")


@router.post("/people")
async def place(
    organization_id: OrganizationInPath,
    form: Annotated[PlacementForm, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Annotated[Principal, Depends(needs("members:write"))],
) -> Response:
    """Puts a member into a department, or takes them out of theirs."""
    return back(request, await department_acts.place(organization_id, form, request, tx, principal))


@router.post("/{department_id}")
async def rename(
    organization_id: OrganizationInPath,
    department_id: str,
    form: Annotated[departments.DepartmentName, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Writer,
) -> Response:
    """Gives a department another name."""
    after = await departments.rename(organization_id, department_id, form, request, tx, principal)
    return back(request, f"The department is called {after.name} now.")


@router.post("/{department_id}/close")
async def close(
    organization_id: OrganizationInPath,
    department_id: str,
    form: Annotated[ClosingForm, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Writer,
) -> Response:
    """Closes a department."""
    text = await department_acts.close(organization_id, department_id, form, request, tx, principal)
    return back(request, text)
