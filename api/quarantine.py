"""Usage that waits for a price: what it is, what it is worth, and its release."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Query, Request
from pydantic import BaseModel, Field

from activities.quarantine import Quarantine
from api.paging import Page, Pages
from api.routing import Once, new_router
from api.security import Principal, Transaction, actor_of, database_of, needs
from db import belonging, quarantine
from domain.ids import read, show
from domain.money import format_amount, format_known
from domain.organization import require_writable
from domain.quarantine import QuarantineGroup, Release, ReleaseScope

router = new_router(prefix="/v1/quarantine", tag="quarantine")


class ShownGroup(BaseModel):
    """Records of one organization and one model or meter without a price."""

    organization_id: str
    organization: str
    provider: str
    model: str
    meter: str
    records: int
    releasable: int = Field(description="How many of them a price covers by now")
    input_tokens: int
    output_tokens: int
    cached_input_tokens: int
    first_at: datetime
    last_at: datetime
    value_at_stake: str | None = Field(description="US dollars by the provider's list price, when known")


class ReleaseRequest(BaseModel):
    """Which records to charge; what is left out does not limit, the empty text means records without one."""

    provider: str | None = Field(None, max_length=100)
    model: str | None = Field(None, max_length=200)
    meter: str | None = Field(None, max_length=100)
    organization_id: str | None = Field(None, max_length=64)
    preview: bool = Field(default=False, description="Show what would be charged and change nothing")


class ShownRelease(BaseModel):
    """What one organization is charged."""

    organization_id: str
    currency: str
    records: int
    amount: str
    provider_cost: str = Field(description="US dollars")


class Released(BaseModel):
    """What was charged, or with `preview` would be."""

    preview: bool
    released: int
    organizations: list[ShownRelease]


@router.get("", dependencies=[Depends(needs("quarantine:read"))])
async def list_groups(
    tx: Transaction, paging: Pages, organization_id: Annotated[str | None, Query(max_length=64)] = None
) -> Page[ShownGroup]:
    """What waits for a price, the most records first."""
    organization = None if organization_id is None else read("org", organization_id)
    after = paging.after_number or 0
    groups = await quarantine.list_groups(tx, organization_id=organization, after=after, limit=paging.fetch)
    places = list(enumerate(groups, start=after + 1))
    return paging.page(places, lambda placed: _shown_group(placed[1]), lambda placed: placed[0])


@router.post("/release", dependencies=[Once])
async def release(
    body: ReleaseRequest,
    request: Request,
    tx: Transaction,
    principal: Annotated[Principal, Depends(needs("quarantine:release"))],
) -> Released:
    """Charge everything that a price covers by now; what was charged is not found again by a repetition."""
    organization = None if body.organization_id is None else read("org", body.organization_id)
    scope = ReleaseScope(
        provider=body.provider, model=body.model, meter=body.meter, organization_id=organization
    )
    if body.preview:
        return _released(await quarantine.preview(tx, scope=scope), preview=True)
    if organization is not None:
        require_writable(await belonging.state_for_writing(tx, organization_id=organization))
    actor, now = actor_of(request, principal), datetime.now(UTC)
    return _released(
        await Quarantine(database_of(request)).release(scope, actor=actor, now=now), preview=False
    )


def _released(releases: tuple[Release, ...], *, preview: bool) -> Released:
    shown = [
        ShownRelease(
            organization_id=show("org", release.organization_id),
            currency=release.currency,
            records=release.records,
            amount=format_amount(release.amount_nanos),
            provider_cost=format_amount(release.cost_nanos),
        )
        for release in releases
    ]
    return Released(preview=preview, released=sum(r.records for r in releases), organizations=shown)


def _shown_group(group: QuarantineGroup) -> ShownGroup:
    """The group as the door shows it."""
    stake = group.at_stake_nanos
    facts = {name: getattr(group, name) for name in ShownGroup.model_fields if hasattr(group, name)}
    facts["organization_id"] = show("org", group.organization_id)
    return ShownGroup(**facts, value_at_stake=format_known(stake))
