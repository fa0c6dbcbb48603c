"""Other names under which gateways report a model."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Query, Request
from pydantic import BaseModel, Field

from activities.prices import drop_alias, name_alias
from api.paging import Page
from api.routing import Once, new_router
from api.security import Principal, Transaction, actor_of, needs
from db import model_aliases
from domain.price import Alias

router = new_router(prefix="/v1/model-aliases", tag="prices")


class NewAlias(BaseModel):
    """Another name of a model."""

    provider: str = Field(max_length=200, examples=["azure"])
    alias: str = Field(max_length=400, examples=["our-gpt-deployment"])
    model: str = Field(max_length=400, examples=["gpt-4o"])


class ShownAlias(NewAlias):
    """A name that leads to a model."""

    created_at: datetime


@router.post("", status_code=201, dependencies=[Once])
async def create(
    body: NewAlias,
    request: Request,
    tx: Transaction,
    principal: Annotated[Principal, Depends(needs("prices:write"))],
) -> ShownAlias:
    """Name a model otherwise; usage under that name is priced as the model."""
    draft = Alias(**body.model_dump(), created_at=datetime.now(UTC))
    return shown(await name_alias(tx, draft, actor=actor_of(request, principal)))


@router.get("", dependencies=[Depends(needs("prices:read"))])
async def list_all(
    tx: Transaction,
    provider: Annotated[str | None, Query(max_length=100)] = None,
    model: Annotated[str | None, Query(max_length=200)] = None,
) -> Page[ShownAlias]:
    """Every alias; there are few."""
    found: Sequence[Alias] = await model_aliases.list_all(tx, provider=provider, model=model)
    return Page(items=[shown(alias) for alias in found], next_cursor=None)


@router.delete("", status_code=204)
async def remove(
    request: Request,
    tx: Transaction,
    principal: Annotated[Principal, Depends(needs("prices:write"))],
    provider: Annotated[str, Query(max_length=100)],
    alias: Annotated[str, Query(max_length=200)],
) -> None:
    """Remove a name; what was priced through it keeps its price."""
    await drop_alias(tx, provider=provider, alias=alias, actor=actor_of(request, principal))


def shown(alias: Alias) -> ShownAlias:
    """The alias as the door shows it."""
    return ShownAlias(
        provider=alias.provider, alias=alias.alias, model=alias.model, created_at=alias.created_at
    )
