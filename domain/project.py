"""A project: a part of an organization's usage with its own keys and totals."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """Belongs to one organization; `archived_at` is set when nothing more is expected of it."""

    id: UUID
    organization_id: UUID
    name: str
    created_at: datetime
    archived_at: datetime | None = None
