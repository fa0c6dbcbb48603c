"""Speaking for another of one's organizations, from the portal's frame."""

from typing import Annotated

from fastapi import Depends, Form, Request, Response
from pydantic import BaseModel, Field

from api import sessions
from api.pages.acts import done
from api.pages.routing import new_portal
from api.security import HouseTransaction, Principal, needs
from api.session_renewal import renews
from db import organizations
from domain.ids import read

router = new_portal("/organization")


class Choice(BaseModel):
    """The organization that was chosen."""

    organization_id: str = Field(max_length=64)


@router.post("")
@renews
async def switch(
    form: Annotated[Choice, Form()],
    request: Request,
    tx: HouseTransaction,
    person: Annotated[Principal, Depends(needs("sessions:own"))],
) -> Response:
    """Leads to the other organization's overview; the next sign-in begins there too."""
    chosen = await organizations.get(tx, organization_id=read("org", form.organization_id))
    response = done(request, "/portal", f"You now work in {chosen.name}.")
    wanted = sessions.Switch(organization_id=form.organization_id)
    await sessions.switch(wanted, request, response, tx, person)
    return response
