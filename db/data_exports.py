"""Archives of data and their bytes: one being made at a time for each subject, kept in rows of a megabyte."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Integer, LargeBinary, Table, bindparam, delete, select, text, update
from sqlalchemy.dialects.postgresql import insert

from db.engine import Database, Tx
from db.rows import AnyRow
from db.schema import Column, Instant, Text, Uuid, metadata
from domain.data_export import UNFINISHED, DataExport
from domain.errors import Conflict, NotFound

data_exports = Table(
    "data_exports",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("organization_id", Uuid),
    Column("user_id", Uuid),
    Column("deletion_id", Uuid),
    Column("state", Text, nullable=False),
    Column("requested_by", Uuid),
    Column("requested_at", Instant, nullable=False),
    Column("files_done", Integer, nullable=False, server_default="0"),
    Column("files", Integer, nullable=False, server_default="0"),
    Column("step", Text, nullable=False, server_default=""),
    Column("size_bytes", BigInteger, nullable=False, server_default="0"),
    Column("sha256", LargeBinary),
    Column("finished_at", Instant),
    Column("expires_at", Instant),
)
data_export_chunks = Table(
    "data_export_chunks",
    metadata,
    Column("export_id", Uuid, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("bytes", LargeBinary, nullable=False),
)
_E, _C = data_exports.c, data_export_chunks.c
# Under the archive's lock: who ends it waits for these bytes and finds them, or they find that it has ended.
_APPEND = text("""
insert into data_export_chunks (export_id, position, bytes)
select id, :position, :content from data_exports where id = :export_id and state = 'building' for share""").bindparams(
    bindparam("content", type_=LargeBinary)
)


async def insert_one(tx: Tx, export: DataExport) -> None:
    """Keeps a new request.

    Raises:
        Conflict: one is being made for the same subject.
    """
    statement = insert(data_exports).values(asdict(export)).on_conflict_do_nothing().returning(_E.id)
    if (await tx.execute(statement)).first() is None:
        raise Conflict("An archive is being made already; a letter comes when it is ready")


async def find_of_deletion(tx: Tx, *, deletion_id: UUID) -> DataExport | None:
    """The last archive of an organization that is deleted, if it was asked for."""
    row = (await tx.execute(select(data_exports).where(_E.deletion_id == deletion_id))).first()
    return None if row is None else _export(row)


async def get(tx: Tx, *, export_id: UUID) -> DataExport:
    """The archive.

    Raises:
        NotFound: there is none, or the transaction may not see it.
    """
    return _found((await tx.execute(select(data_exports).where(_E.id == export_id))).first())


async def lock(tx: Tx, *, export_id: UUID) -> DataExport:
    """The archive's row, unchanged by others until the transaction ends.

    Raises:
        NotFound: there is none.
    """
    query = select(data_exports).where(_E.id == export_id).with_for_update()
    return _found((await tx.execute(query)).first())


async def list_recent(
    tx: Tx, *, organization_id: UUID | None = None, user_id: UUID | None = None, limit: int = 20
) -> Sequence[DataExport]:
    """The newest of an organization, or of a person."""
    subject = _E.organization_id == organization_id if organization_id else _E.user_id == user_id
    query = select(data_exports).where(subject).order_by(_E.id.desc()).limit(limit)
    return [_export(row) for row in await tx.execute(query)]


async def set_facts(tx: Tx, *, export_id: UUID, **facts: Any) -> bool:
    """Writes how far an archive that is being made has come; one that is over stays as it is, and it says False."""
    unfinished = _E.id == export_id, _E.state.in_(UNFINISHED)
    return bool((await tx.execute(update(data_exports).where(*unfinished).values(facts))).rowcount)


async def reopen(tx: Tx, *, export_id: UUID) -> None:
    """An archive that failed or was cancelled is asked for again."""
    over = _E.id == export_id, _E.state.in_(("failed", "cancelled"))
    await tx.execute(update(data_exports).where(*over).values(state="requested", finished_at=None))


async def append_chunk(tx: Tx, *, export_id: UUID, position: int, content: bytes) -> bool:
    """Keeps the next bytes of an archive that is being made; False when somebody has ended it."""
    facts = {"export_id": export_id, "position": position, "content": content}
    return bool((await tx.execute(_APPEND, facts)).rowcount)


async def remove(tx: Tx, *, export_id: UUID) -> None:
    """An archive that is ready can be fetched no more; its bytes are deleted beside."""
    ready = _E.id == export_id, _E.state == "ready"
    await tx.execute(update(data_exports).where(*ready).values(state="removed"))


async def delete_chunks(tx: Tx, *, export_id: UUID) -> None:
    """Afterwards no byte of the archive is left."""
    await tx.execute(delete(data_export_chunks).where(_C.export_id == export_id))


async def find_chunk(tx: Tx, *, export_id: UUID, position: int) -> bytes | None:
    """The archive's megabyte at that position, counted from 0; None behind its end."""
    query = select(_C.bytes).where(_C.export_id == export_id, _C.position == position)
    content = (await tx.execute(query)).scalar_one_or_none()
    return None if content is None else bytes(content)


async def stream(database: Database, *, export_id: UUID) -> AsyncIterator[bytes]:
    """The archive's bytes in order; no connection is held while a slow reader takes its time."""
    position = 0
    while True:
        async with database.begin() as tx:
            content = await find_chunk(tx, export_id=export_id, position=position)
        if content is None:
            return
        yield content
        position += 1


async def remove_expired(tx: Tx, *, now: datetime) -> int:
    """Removes the bytes of archives whose time is over; says of how many."""
    expired = (await tx.execute(select(_E.id).where(_E.state == "ready", _E.expires_at <= now))).scalars()
    ids = list(expired)
    await tx.execute(delete(data_export_chunks).where(_C.export_id.in_(ids)))
    await tx.execute(update(data_exports).where(_E.id.in_(ids)).values(state="removed"))
    return len(ids)


def _found(row: AnyRow | None) -> DataExport:
    if row is None:
        raise NotFound("There is no such archive")
    return _export(row)


def _export(row: AnyRow) -> DataExport:
    facts = row._asdict()
    return DataExport(**facts | {"sha256": None if row.sha256 is None else bytes(row.sha256)})
