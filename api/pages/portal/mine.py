"""The organization that a portal page is about: the one the reader's session speaks for."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from api.security import authenticate
from domain.errors import NotFound


async def mine(request: Request) -> UUID:
    """The organization.

    Raises:
        NotFound: the reader speaks for none.
    """
    organization_id = (await authenticate(request)).organization_id
    if organization_id is None:
        raise NotFound("The portal is for clients; staff use the console")
    return organization_id


Mine = Annotated[UUID, Depends(mine)]
