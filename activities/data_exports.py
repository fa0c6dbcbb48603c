"""Asking for an archive of an organization or of one's own account, in the caller's transaction."""

from datetime import datetime
from uuid import UUID

from db import audit, data_exports, intents
from db.engine import Tx
from domain.audit import Actor, Entry
from domain.data_export import DataExport
from domain.ids import new_id, show
from domain.privacy_terms import PrivacyTerms

WORKFLOW = "DataExport"


async def request(
    tx: Tx,
    *,
    organization_id: UUID | None = None,
    user_id: UUID | None = None,
    terms: PrivacyTerms,
    by: UUID,
    actor: Actor,
    now: datetime,
) -> DataExport:
    """A fresh archive, made once the transaction commits; a letter goes to whoever asked.

    Raises:
        Conflict: one is being made for the same subject.
    """
    export = DataExport(
        id=new_id(),
        organization_id=organization_id,
        user_id=user_id,
        state="requested",
        requested_by=by,
        requested_at=now,
    )
    await data_exports.insert_one(tx, export)
    await intents.insert(
        tx,
        key=export.workflow_id,
        kind="start",
        workflow=WORKFLOW,
        workflow_id=export.workflow_id,
        payload=_payload(export, terms),
        organization_id=organization_id,
        actor=actor,
        summary="Archive of an organization's data" if organization_id else "Archive of a person's data",
    )
    after = {"of": show("org", organization_id) if organization_id else show("usr", user_id or by)}
    entry = Entry("export.request", "data_export", export.shown_id, organization_id, after=after)
    await audit.append(tx, [entry], actor=actor)
    return export


async def note_download(tx: Tx, export: DataExport, *, actor: Actor) -> None:
    """Writes down that an archive was fetched."""
    entry = Entry("export.download", "data_export", export.shown_id, export.organization_id)
    await audit.append(tx, [entry], actor=actor)


def _payload(export: DataExport, terms: PrivacyTerms) -> dict[str, object]:
    organization = show("org", export.organization_id) if export.organization_id else ""
    return {
        "export_id": export.shown_id,
        "organization_id": organization,
        "lasts_seconds": terms.archives_last.total_seconds(),
    }
