"""What belongs to an organization elsewhere: its invoices, processes and audit entries."""

from typing import Annotated

from fastapi import Depends, Request, Response

from api import audit, invoices, organizations, processes
from api.pages.render import page
from api.pages.routing import new_pages
from api.paging import Pages, Paging
from api.security import OrganizationInPath, Principal, Transaction, needs
from api.temporal_link import temporal_of
from db.audit import Filters
from domain.ids import show

router = new_pages("/organizations/{organization_id}")


@router.get("/invoices")
async def show_invoices(
    organization_id: OrganizationInPath,
    request: Request,
    tx: Transaction,
    pages: Pages,
    principal: Annotated[Principal, Depends(needs("invoices:read"))],
) -> Response:
    """Its invoices and credit notes."""
    named = show("org", organization_id)
    return page(
        request,
        "organizations/invoices.html",
        organization=await organizations.get(organization_id, tx),
        tab="invoices",
        found=await invoices.list_all(tx, pages, principal, named),
    )


@router.get("/processes", dependencies=[Depends(needs("processes:read"))])
async def show_processes(organization_id: OrganizationInPath, request: Request, tx: Transaction) -> Response:
    """Its processes; the list is loaded by itself."""
    organization = await organizations.get(organization_id, tx)
    return page(request, "organizations/processes.html", organization=organization, tab="processes")


@router.get("/processes/list")
async def list_processes(
    organization_id: OrganizationInPath,
    request: Request,
    principal: Annotated[Principal, Depends(needs("processes:read"))],
) -> Response:
    """The newest of its processes."""
    found = await processes.list_all(
        temporal=temporal_of(request),
        principal=principal,
        pages=Paging(100, None),
        organization_id=show("org", organization_id),
    )
    return page(request, "overview/waiting.html", processes=found.items)


@router.get("/audit", dependencies=[Depends(needs("audit:read"))])
async def show_audit(
    organization_id: OrganizationInPath, request: Request, tx: Transaction, pages: Pages
) -> Response:
    """What was done to it, and by whom."""
    return page(
        request,
        "organizations/audit.html",
        organization=await organizations.get(organization_id, tx),
        tab="audit",
        found=await audit.list_all(tx, Filters(organization_id=organization_id), pages),
    )
