"""An archive of somebody's data: a person's, or an organization's; made once, kept for a month."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from domain.errors import NotFound, WrongState
from domain.ids import show

ExportState = Literal["requested", "building", "ready", "failed", "cancelled", "removed"]
UNFINISHED: tuple[ExportState, ...] = ("requested", "building")


@dataclass(frozen=True, slots=True, kw_only=True)
class DataExport:
    """One archive: of an organization or of a person, never both.

    `files_done` of `files` are in it, `step` names the one being written; `sha256` is of the whole file. An archive
    that belongs to a deletion is the last statement of its organization. Times are aware UTC.
    """

    id: UUID
    organization_id: UUID | None
    user_id: UUID | None
    state: ExportState
    requested_by: UUID | None
    requested_at: datetime
    deletion_id: UUID | None = None
    files_done: int = 0
    files: int = 0
    step: str = ""
    size_bytes: int = 0
    sha256: bytes | None = None
    finished_at: datetime | None = None
    expires_at: datetime | None = None

    @property
    def shown_id(self) -> str:
        """Its id at the doors."""
        return show("prv", self.id)

    @property
    def workflow_id(self) -> str:
        """The id of its process."""
        return export_workflow_id(self.shown_id)

    @property
    def under_way(self) -> bool:
        """Whether it is still being made."""
        return self.state in UNFINISHED

    @property
    def file_name(self) -> str:
        """What a browser calls the file."""
        subject = "account" if self.organization_id is None else "organization"
        return f"backoffice-{subject}-{self.requested_at:%Y-%m-%d}.zip"

    def require_ready(self, now: datetime) -> None:
        """Refuses what cannot be fetched.

        Raises:
            WrongState: it is not ready yet.
            NotFound: it was removed.
        """
        if self.under_way:
            raise WrongState("The archive is still being made; a letter comes when it is ready")
        if self.state != "ready" or (self.expires_at is not None and self.expires_at <= now):
            raise NotFound("The archive is no longer here; ask for a new one")


def export_workflow_id(shown_id: str) -> str:
    """The id of an export's process."""
    return f"data-export/{shown_id}"
