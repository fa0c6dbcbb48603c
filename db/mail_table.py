"""The outbox's table, and a mail read from its row."""

from sqlalchemy import Integer, Table

from db.rows import AnyRow
from db.schema import Column, Instant, Json, Text, Uuid, metadata
from domain.mail import Attachment, Mail

mails = Table(
    "mails",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("organization_id", Uuid),
    Column("kind", Text, nullable=False),
    Column("subject_id", Text, nullable=False, server_default=""),
    Column("recipient", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("html", Text, nullable=False),
    Column("attachments", Json, nullable=False, server_default="[]"),
    Column("state", Text, nullable=False, server_default="queued"),
    Column("transport", Text, nullable=False, server_default=""),
    Column("message_id", Text, nullable=False, server_default=""),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("due_at", Instant, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("claimed_at", Instant),
    Column("sent_at", Instant),
    Column("last_error", Text, nullable=False, server_default=""),
    Column("sealed_secret", Text),
    Column("secret_removed_at", Instant),
)


def mail_from(row: AnyRow) -> Mail:
    """The mail of a whole row."""
    facts = row._asdict()
    return Mail(**facts | {"attachments": tuple(Attachment(**item) for item in facts["attachments"])})
