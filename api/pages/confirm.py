"""Where one proves again who one is, on the way to an act that asks for it."""

from typing import Annotated

from fastapi import Depends, Form, Query, Request, Response
from pydantic import BaseModel, Field

from api.confirming import prove_again, ways_of
from api.cookies import write_session
from api.pages.acts import done, local_path
from api.pages.render import page
from api.pages.routing import new_open_pages
from api.problems import status_of
from api.security import Principal, database_of, needs
from domain.errors import Refusal

router = new_open_pages("/sign-in/confirm")
Person = Annotated[Principal, Depends(needs("sessions:own"))]


class Proof(BaseModel):
    """The form: one of the two."""

    password: str = Field("", max_length=400)
    code: str = Field("", max_length=40)
    next: str = Field("/", max_length=2000)


@router.get("")
async def show_form(
    request: Request, person: Person, back_to: Annotated[str, Query(alias="next", max_length=2000)] = "/"
) -> Response:
    """The form."""
    return await _form(request, person, local_path(back_to))


@router.post("")
async def submit(form: Annotated[Proof, Form()], request: Request, person: Person) -> Response:
    """Proves it, and leads back to the page of the act."""
    wanted = local_path(form.next)
    try:
        _, token = await prove_again(request, person, password=form.password, code=form.code)
    except Refusal as refusal:
        return await _form(request, person, wanted, refusal)
    response = done(request, wanted, "Thank you. You can go on now.")
    write_session(request, response, token)
    return response


async def _form(request: Request, person: Principal, wanted: str, refusal: Refusal | None = None) -> Response:
    """The form, with what was refused."""
    async with database_of(request).begin() as tx:
        ways = await ways_of(tx, person)
    status = status_of(refusal) if refusal else 200
    refused = refusal.detail if refusal else ""
    facts = {"ways": ways, "next": wanted, "refused": refused}
    return page(request, "sign_in/confirm.html", status=status, **facts)
