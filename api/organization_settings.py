"""What an organization decides about its data, and what it is told about ours."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Request
from pydantic import BaseModel, Field

from api.routing import new_router
from api.security import HouseTransaction, OrganizationInPath, Principal, Transaction, actor_of, needs
from db import audit, organization_settings, organizations
from domain.audit import Entry
from domain.ids import show
from domain.organization_settings import OrganizationSettings, PayloadRetention
from gateways.settings import Settings

router = new_router(prefix="/v1/organizations/{organization_id}/settings", tag="organizations")


class ShownSettings(BaseModel):
    """What the organization decided, and who processes its data where."""

    organization_id: str
    payload_retention: PayloadRetention = Field(description="none: texts of requests are never stored")
    data_contact: str = Field(description="Who is responsible for data protection in the organization")
    residency_note: str = Field(description="Where the data lies")
    subprocessors: list[str] = Field(description="Who processes data for us: name: purpose, place")
    processor_contact: str = Field(description="Where to ask us about data protection")


class SettingsChange(BaseModel):
    """What may change; what is left out stays."""

    payload_retention: PayloadRetention | None = None
    data_contact: str | None = Field(None, max_length=320, description="An e-mail address, or empty")


def _shown(request: Request, chosen: OrganizationSettings) -> ShownSettings:
    """The settings as the door shows them."""
    settings: Settings = request.app.state.settings
    ours = settings.legal_entity
    return ShownSettings(
        organization_id=show("org", chosen.organization_id),
        payload_retention=chosen.payload_retention,
        data_contact=chosen.data_contact,
        residency_note=ours.residency_note,
        subprocessors=list(ours.subprocessors),
        processor_contact=ours.data_contact,
    )


@router.get("", dependencies=[Depends(needs("organizations:read"))])
async def get(organization_id: OrganizationInPath, request: Request, tx: Transaction) -> ShownSettings:
    """How the organization's data is treated."""
    await organizations.get(tx, organization_id=organization_id)
    return _shown(request, await organization_settings.get(tx, organization_id=organization_id))


@router.patch("")
async def change(
    organization_id: OrganizationInPath,
    body: SettingsChange,
    request: Request,
    tx: HouseTransaction,
    principal: Annotated[Principal, Depends(needs("settings:write"))],
) -> ShownSettings:
    """Decide anew; payloads stored before are removed within about an hour when none are to be kept."""
    await organizations.lock(tx, organization_id=organization_id)
    before = await organization_settings.get(tx, organization_id=organization_id)
    after = replace(before, **body.model_dump(exclude_none=True)).checked()
    await organization_settings.save(tx, after, now=datetime.now(UTC))
    names = ("payload_retention", "data_contact")
    changed = [name for name in names if getattr(before, name) != getattr(after, name)]
    entry = Entry(
        "settings.change",
        "organization",
        show("org", organization_id),
        organization_id,
        {name: getattr(before, name) for name in changed},
        {name: getattr(after, name) for name in changed},
    )
    await audit.append(tx, [entry], actor=actor_of(request, principal))
    return _shown(request, after)
