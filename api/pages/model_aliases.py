"""Other names of models: seen, added and removed."""

from typing import Annotated

from fastapi import Depends, Form, Request, Response
from pydantic import BaseModel, Field

from api import model_aliases as doors
from api.model_aliases import NewAlias
from api.pages.acts import done
from api.pages.render import page
from api.pages.routing import OncePerForm, new_pages
from api.security import HouseTransaction, Principal, Transaction, needs

router = new_pages("/model-aliases")
Writer = Annotated[Principal, Depends(needs("prices:write"))]
_HERE = "/console/model-aliases"


class AliasForm(BaseModel):
    """A name to be added."""

    provider: str = Field("", max_length=200)
    alias: str = Field("", max_length=400)
    model: str = Field("", max_length=400)


class GoneForm(BaseModel):
    """A name to be removed."""

    provider: str = Field("", max_length=100)
    alias: str = Field("", max_length=200)


@router.get("", dependencies=[Depends(needs("prices:read"))])
async def list_all(request: Request, tx: Transaction) -> Response:
    """Every alias."""
    found = await doors.list_all(tx, None, None)
    return page(request, "prices/aliases.html", aliases=found.items)


@router.post("", dependencies=[OncePerForm])
async def create(
    form: Annotated[AliasForm, Form()], request: Request, tx: HouseTransaction, principal: Writer
) -> Response:
    """Adds a name."""
    kept = await doors.create(NewAlias(**form.model_dump()), request, tx, principal)
    return done(request, _HERE, f"Usage reported as {kept.alias} is priced as {kept.model} from now on.")


@router.post("/remove")
async def remove(
    form: Annotated[GoneForm, Form()], request: Request, tx: HouseTransaction, principal: Writer
) -> Response:
    """Removes a name."""
    await doors.remove(request, tx, principal, form.provider, form.alias)
    return done(
        request, _HERE, f"{form.alias} is no name of a model any more; what it priced keeps its price."
    )
