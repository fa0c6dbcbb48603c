"""Links to choose a new password: one for each person."""

from uuid import UUID

from sqlalchemy import LargeBinary, Table

from db.newest_links import NewestLinks
from db.schema import Column, Instant, Uuid, metadata

password_resets = Table(
    "password_resets",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("token_hash", LargeBinary, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
)
links: NewestLinks[UUID] = NewestLinks(password_resets)
