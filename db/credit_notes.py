"""Numbers of credit notes: a series of their own in each legal entity, without gaps."""

from sqlalchemy import text

from db.engine import Tx

_NEXT = text("""
update legal_entities set next_credit_note_number = next_credit_note_number + 1 where code = :code
returning old.next_credit_note_number as number, number_prefix
""")


async def next_number(tx: Tx, *, legal_entity: str) -> tuple[int, str]:
    """The next number and the entity's prefix; others wait for it until this transaction ends."""
    row = (await tx.execute(_NEXT, {"code": legal_entity})).one()
    return int(row.number), str(row.number_prefix)
