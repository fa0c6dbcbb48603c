"""The companies that issue invoices; each numbers its own without gaps."""

from sqlalchemy import ARRAY, Table
from sqlalchemy.dialects.postgresql import insert as upsert

from db.engine import Tx
from db.schema import BigInteger, Column, Text, metadata

legal_entities = Table(
    "legal_entities",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("address_lines", ARRAY(Text), nullable=False),
    Column("country", Text, nullable=False),
    Column("tax_id", Text, nullable=False),
    Column("number_prefix", Text, nullable=False),
    Column("next_number", BigInteger, nullable=False),
    Column("next_credit_note_number", BigInteger, nullable=False),
)


async def ensure(
    tx: Tx,
    *,
    code: str,
    name: str,
    address_lines: tuple[str, ...],
    country: str,
    tax_id: str,
    number_prefix: str,
) -> None:
    """The entity is there and carries these texts; its number series and their prefix never change."""
    texts = {"name": name, "address_lines": list(address_lines), "country": country, "tax_id": tax_id}
    first = {"number_prefix": number_prefix, "next_number": 1, "next_credit_note_number": 1}
    statement = upsert(legal_entities).values(code=code, **texts, **first)
    await tx.execute(statement.on_conflict_do_update(index_elements=["code"], set_=texts))
