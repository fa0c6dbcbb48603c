"""What of the whole house somebody should look at, counted by indexes that hold only what is open."""

from sqlalchemy import text

from db import intents, waiting_runs
from db.engine import Tx
from domain.account import Attention, Owed

_OWED = text("""
select currency, count(*) as unpaid, sum(open_nanos)::bigint as unpaid_nanos,
       count(*) filter (where state = 'past_due') as past_due,
       coalesce(sum(open_nanos) filter (where state = 'past_due'), 0)::bigint as past_due_nanos
  from (select currency, state, amount_due_nanos - amount_paid_nanos - amount_credited_nanos as open_nanos
          from invoices where kind = 'invoice' and state in ('finalized', 'past_due')) i
 where open_nanos > 0 group by 1 order by 3 desc
""")
_COUNTS = text("""
select (select count(*) from mails where state in ('bounced', 'failed', 'unconfirmed')) as mails_failed,
       (select count(*) from mails where state in ('queued', 'sending')) as mails_waiting,
       (select count(*) from webhooks where state = 'parked') as webhooks_parked,
       (select min(received_at) from usage_batches) as oldest_unfolded_at
""")


async def count(tx: Tx) -> Attention:
    """What is open now."""
    owed = tuple(Owed(**row._asdict()) for row in await tx.execute(_OWED))
    counts = (await tx.execute(_COUNTS)).one()._asdict()
    waiting, parked = await intents.count_waiting(tx)
    counts["month_ends_waiting"] = await waiting_runs.count(tx)
    return Attention(owed=owed, intents_waiting=waiting, intents_parked=parked, **counts)
