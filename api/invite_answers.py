"""The door by which programs accept an invitation."""

from fastapi import Request, Response
from pydantic import BaseModel, Field

from api.accepting import accept_known, accept_new_again
from api.asked_invites import who_looks
from api.origins import OwnSite
from api.routing import new_router
from api.security import public
from api.session_renewal import renews
from domain.ids import show

router = new_router(prefix="/v1/invites", tag="invites")


class Acceptance(BaseModel):
    """The link's token; name and password only of who has no account yet."""

    token: str = Field(max_length=200, description="The end of the link in the letter")
    name: str = Field("", max_length=400)
    password: str = Field("", max_length=400)


class ShownJoined(BaseModel):
    """Who belongs now, and to what."""

    user_id: str
    email: str
    name: str
    organization_id: str | None
    organization: str
    role: str
    invite_id: str


@router.post("/accept", dependencies=[OwnSite])
@public("whoever holds the link's token was invited; it works once")
@renews
async def accept(body: Acceptance, request: Request, response: Response) -> ShownJoined:
    """Accept an invitation: with name and password, or signed in with the invited address.

    The same person may ask twice and gets the same answer. A session goes on in the organization, under a new
    cookie and a new CSRF token; repeated at once with the old ones, it hands over the same new ones.
    """
    signed_in = None if body.password else await who_looks(request)
    if signed_in is not None:
        joined = await accept_known(request, body.token, signed_in)
    else:
        joined = await accept_new_again(request, body.token, name=body.name, password=body.password)
    joined.hand_over(request, response)
    invite, person = joined.invite, joined.person
    return ShownJoined(
        user_id=show("usr", person.id),
        email=person.email,
        name=person.name,
        organization_id=show("org", invite.organization_id) if invite.organization_id else None,
        organization=joined.team,
        role=joined.role,
        invite_id=show("inv", invite.id),
    )
