"""What a usage record led to: its postings, and the invoice that carries it."""

from sqlalchemy import text

from db import postings
from db.engine import Tx
from domain.usage import InvoiceOfRecord, Trail, UsageRecord

# What came late is carried by the first invoice from its month on: a month without an invoice is billed with the next.
_INVOICE = text("""
select id, number, state from invoices
 where organization_id = :organization_id and kind = 'invoice' and state not in ('draft', 'void')
   and case when cast(:billed_in as date) is null
            then coalesce(covers_from, '-infinity') <= :occurred_at and covers_until > :occurred_at
            else period >= :billed_in end
 order by case when cast(:billed_in as date) is not null then period end, created_at desc limit 1
""")


async def follow(tx: Tx, record: UsageRecord) -> Trail:
    """The ledger entry that debited the record, and its invoice when there is one."""
    entry = record.posting_id
    posted = [] if entry is None else await postings.list_entry(tx, entry_id=entry)
    facts = {
        "organization_id": record.organization_id,
        "billed_in": record.billed_in,
        "occurred_at": record.occurred_at,
    }
    row = (await tx.execute(_INVOICE, facts)).first() if record.state == "priced" else None
    invoice = None if row is None else InvoiceOfRecord(id=row.id, number=row.number, state=row.state)
    return Trail(postings=tuple(posted), invoice=invoice)
