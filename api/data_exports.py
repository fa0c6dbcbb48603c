"""Archives of data: an organization's for its owners, one's own for everybody who is signed in."""

from datetime import UTC, datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import Depends, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from activities import data_exports as acts
from api.deletions import terms_of
from api.own_proof import OwnProof
from api.paging import Page
from api.routing import HouseOnce, new_router
from api.security import HouseTransaction, OrganizationInPath, Principal, actor_of, database_of, needs
from db import data_exports, organizations
from db.engine import Database, Tx
from domain.data_export import DataExport, ExportState
from domain.errors import NotFound
from domain.ids import read, show

router = new_router(prefix="/v1", tag="privacy")
Writer = Annotated[Principal, Depends(needs("privacy:write"))]
Reader = Annotated[Principal, Depends(needs("privacy:read"))]
Person = Annotated[Principal, Depends(needs("sessions:own"))]


class ShownExport(BaseModel):
    """An archive: `files_done` of `files` are in it, `step` is the one being written."""

    id: str
    of: str
    state: ExportState
    requested_at: datetime
    files_done: int
    files: int
    step: str
    size_bytes: int
    sha256: str | None
    finished_at: datetime | None
    expires_at: datetime | None
    workflow_id: str

    @classmethod
    def of_export(cls, export: DataExport) -> Self:
        """The archive as the door shows it."""
        facts = {name: getattr(export, name) for name in cls.model_fields if hasattr(export, name)}
        whose = show("org", export.organization_id) if export.organization_id else show("usr", _owner(export))
        digest = export.sha256.hex() if export.sha256 else None
        return cls(**facts | {"id": export.shown_id, "of": whose, "sha256": digest})


@router.post("/organizations/{organization_id}/exports", status_code=202, dependencies=[HouseOnce])
async def ask(
    organization_id: OrganizationInPath, request: Request, tx: HouseTransaction, principal: Writer
) -> ShownExport:
    """Ask for an archive of everything about an organization; a letter comes when it is ready."""
    await organizations.get(tx, organization_id=organization_id)
    return await _ask(request, tx, principal, organization_id)


@router.get("/organizations/{organization_id}/exports", dependencies=[Depends(needs("privacy:read"))])
async def list_all(organization_id: OrganizationInPath, tx: HouseTransaction) -> Page[ShownExport]:
    """An organization's newest archives."""
    found = await data_exports.list_recent(tx, organization_id=organization_id)
    return Page(items=[ShownExport.of_export(export) for export in found], next_cursor=None)


@router.get("/exports/{export_id}")
async def get(export_id: str, tx: HouseTransaction, principal: Reader) -> ShownExport:
    """One archive of an organization."""
    return ShownExport.of_export(await _visible(tx, export_id, principal))


@router.get("/exports/{export_id}/file", response_class=StreamingResponse)
async def download(
    export_id: str, request: Request, tx: HouseTransaction, principal: Writer
) -> StreamingResponse:
    """The archive, as a ZIP."""
    export = await _visible(tx, export_id, principal)
    return await _download(request, tx, principal, export)


@router.post("/me/exports", status_code=202, dependencies=[OwnProof, HouseOnce])
async def ask_own(request: Request, tx: HouseTransaction, person: Person) -> ShownExport:
    """Ask for an archive of everything about oneself; a letter comes when it is ready."""
    return await _ask(request, tx, person, None)


@router.get("/me/exports")
async def list_own(tx: HouseTransaction, person: Person) -> Page[ShownExport]:
    """One's own newest archives."""
    found = await data_exports.list_recent(tx, user_id=person.id)
    return Page(items=[ShownExport.of_export(export) for export in found], next_cursor=None)


@router.get("/me/exports/{export_id}")
async def get_own(export_id: str, tx: HouseTransaction, person: Person) -> ShownExport:
    """One of one's own archives."""
    return ShownExport.of_export(await _mine(tx, export_id, person))


@router.get("/me/exports/{export_id}/file", dependencies=[OwnProof], response_class=StreamingResponse)
async def download_own(
    export_id: str, request: Request, tx: HouseTransaction, person: Person
) -> StreamingResponse:
    """One's own archive, as a ZIP."""
    return await _download(request, tx, person, await _mine(tx, export_id, person))


def sent(database: Database, export: DataExport) -> StreamingResponse:
    """The archive's bytes, a megabyte at a time.

    Raises:
        WrongState: it is not ready yet.
        NotFound: it was removed.
    """
    export.require_ready(datetime.now(UTC))
    headers = {
        "Content-Disposition": f'attachment; filename="{export.file_name}"',
        "Content-Length": str(export.size_bytes),
        "Cache-Control": "no-store",
    }
    content = data_exports.stream(database, export_id=export.id)
    return StreamingResponse(content, media_type="application/zip", headers=headers)


async def _ask(request: Request, tx: Tx, principal: Principal, organization_id: UUID | None) -> ShownExport:
    export = await acts.request(
        tx,
        organization_id=organization_id,
        user_id=None if organization_id else principal.id,
        terms=terms_of(request),
        by=principal.id,
        actor=actor_of(request, principal),
        now=datetime.now(UTC),
    )
    return ShownExport.of_export(export)


async def _download(request: Request, tx: Tx, principal: Principal, export: DataExport) -> StreamingResponse:
    answer = sent(database_of(request), export)
    await acts.note_download(tx, export, actor=actor_of(request, principal))
    return answer


async def _visible(tx: Tx, export_id: str, principal: Principal) -> DataExport:
    """An organization's archive, if it exists for this principal."""
    export = await data_exports.get(tx, export_id=read("prv", export_id))
    if export.organization_id is None:
        raise NotFound("There is no such archive")
    principal.require_organization(export.organization_id)
    return export


async def _mine(tx: Tx, export_id: str, person: Principal) -> DataExport:
    export = await data_exports.get(tx, export_id=read("prv", export_id))
    if export.user_id != person.id:
        raise NotFound("There is no such archive")
    return export


def _owner(export: DataExport) -> UUID:
    """The person an archive is about.

    Raises:
        NotFound: it is about nobody.
    """
    if export.user_id is None:
        raise NotFound("There is no such archive")
    return export.user_id
