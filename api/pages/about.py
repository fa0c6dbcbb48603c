"""The organization that a page is about, for pages that console and portal share.

Such a page has a router for each: in the portal it is about the reader's own organization, in the console about
the one that the path names as `organization_id`.
"""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request

from api import organizations
from api.pages.portal.mine import mine
from api.security import organization_in_path
from db.engine import Tx
from domain.ids import show


async def _about(request: Request) -> UUID:
    """The organization: the reader's own, or the one of the path if the reader may see it."""
    named = request.path_params.get("organization_id")
    return await mine(request) if named is None else await organization_in_path(request, str(named))


About = Annotated[UUID, Depends(_about)]


def in_console(request: Request) -> bool:
    """Whether the page stands in the console, else in the portal."""
    return request.url.path.startswith("/console/")


def frame_root(request: Request) -> str:
    """The address below which all pages of the frame stand."""
    return "/console" if in_console(request) else "/portal"


def root_of(request: Request, organization_id: UUID) -> str:
    """The address below which the pages about the organization stand."""
    return f"/console/organizations/{show('org', organization_id)}" if in_console(request) else "/portal"


def settings_root(request: Request, organization_id: UUID) -> str:
    """The address below which its settings stand; in the console they are tabs of the organization."""
    root = root_of(request, organization_id)
    return root if in_console(request) else f"{root}/settings"


async def framed(request: Request, tx: Tx, organization_id: UUID, *, tab: str) -> dict[str, Any]:
    """What the console's frame of an organization shows around the page; the portal's frame needs nothing."""
    if not in_console(request):
        return {}
    return {"organization": await organizations.get(organization_id, tx), "tab": tab}
