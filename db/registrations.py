"""Links with which an address that wants an account is proved: one for each address."""

from sqlalchemy import LargeBinary, Table

from db.newest_links import NewestLinks
from db.schema import Column, Instant, Text, metadata

registrations = Table(
    "registrations",
    metadata,
    Column("email", Text, primary_key=True),
    Column("token_hash", LargeBinary, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
)
links: NewestLinks[str] = NewestLinks(registrations)
