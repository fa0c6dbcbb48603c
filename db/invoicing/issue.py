"""The chunk's facts written down: invoices, their lines, their postings, the wallets' windows, and each result."""

from collections.abc import Sequence

from sqlalchemy import text

from db.engine import Tx
from db.invoicing import totals
from db.rows import AnyRow

# Everything is written before numbers are taken, because others wait for the series until this transaction ends.
INVOICES = text("""
insert into invoices (id, organization_id, kind, legal_entity, period, covers_from, covers_until, state, currency,
  usage_nanos, rounding_nanos, subtotal_nanos, discount_nanos, tax_nanos, total_nanos, credits_applied_nanos,
  amount_due_nanos, discount_snapshot, tax_snapshot, buyer, seller, run_id, created_at)
select t.invoice_id, t.organization_id, 'invoice', s.legal_entity, :period, s.covers_from, s.covers_until, 'draft',
       s.currency, t.usage_nanos, t.rounding_nanos, t.subtotal_nanos, t.discount_nanos, t.tax_nanos, t.total_nanos,
       t.credits_applied_nanos, t.amount_due_nanos,
       case when s.discount_ppm > 0 then jsonb_build_object('rate_ppm', s.discount_ppm,
                                                            'base_nanos', t.subtotal_nanos - t.credits_applied_nanos) end,
       s.tax_facts || jsonb_build_object('base_nanos', t.subtotal_nanos - t.credits_applied_nanos - t.discount_nanos),
       s.buyer,
       cast(:issuer as jsonb) || jsonb_build_object('name', e.name, 'address_lines', to_jsonb(e.address_lines),
                                                    'country', e.country, 'tax_id', e.tax_id),
       :run_id, :now
  from billing_totals t
  join billing_scope s on s.organization_id = t.organization_id
  join legal_entities e on e.code = s.legal_entity
 where t.verdict <> 'skipped'
 order by t.organization_id
""")

FINAL = text("""
update invoices i set sequence = t.sequence, number = t.number, finalized_at = cast(:now as timestamptz),
       state = case when t.amount_due_nanos = 0 then 'paid' else 'finalized' end,
       due_on = (cast(:now as timestamptz) at time zone s.zone)::date + cast(:terms as integer),
       paid_at = case when t.amount_due_nanos = 0 then cast(:now as timestamptz) end
  from billing_totals t
  join billing_scope s on s.organization_id = t.organization_id
 where i.id = t.invoice_id and t.verdict = 'invoiced'
""")

LINES = text("""
insert into invoice_lines (id, invoice_id, organization_id, position, kind, description, provider, model, measure,
   meter, usage_month, price_id, quantity, unit,
  unit_price_nanos, exact_nanos, amount_nanos)
select uuidv7(), t.invoice_id, l.organization_id, l.position, l.kind, l.description, l.provider, l.model,
   l.measure, l.meter, l.usage_month, l.price_id, l.quantity, l.unit,
       l.unit_price_nanos, l.exact_nanos, l.amount_nanos
  from billing_lines l join billing_totals t on t.organization_id = l.organization_id
 where t.verdict <> 'skipped'
""")

POSTINGS = text("""
insert into postings (id, entry_id, organization_id, debit, credit, amount_nanos, currency, cause, subject_id, key,
   posted_at)
select uuidv7(), t.invoice_id, t.organization_id, p.debit, p.credit, p.amount, s.currency, 'invoice',
   'in_' || replace(t.invoice_id::text, '-', ''),
       'invoice:' || t.invoice_id || ':' || p.part, :now
  from billing_totals t join billing_scope s on s.organization_id = t.organization_id
  cross join lateral (values
    ('usage', 'receivable:billed', 'receivable:unbilled', t.unbilled_nanos),
    ('recurring', 'receivable:billed', 'revenue:recurring', t.recurring_nanos),
    ('rounding', 'receivable:billed', 'rounding', t.rounding_nanos),
    ('rounding', 'rounding', 'receivable:billed', -t.rounding_nanos),
    ('discount', 'revenue:discount', 'receivable:billed', t.discount_nanos),
    ('tax', 'receivable:billed', 'tax:payable', t.tax_nanos)) p (part, debit, credit, amount)
 where t.verdict = 'invoiced' and p.amount > 0
""")

WINDOWS = text("""
update wallets w set invoiced_until = s.covers_until from billing_scope s join billing_totals t
   on t.organization_id = s.organization_id
 where w.organization_id = s.organization_id and t.verdict = 'invoiced'
""")

RESULTS = text("""
update billing_run_items i set state = t.verdict, reason = t.reason, invoice_id = case
   when t.verdict <> 'skipped' then t.invoice_id end,
       total_nanos = case when t.verdict <> 'skipped' then t.total_nanos end, last_month_nanos = s.last_month_nanos
  from billing_totals t join billing_scope s on s.organization_id = t.organization_id
 where i.run_id = :run_id and i.organization_id = t.organization_id
""")

PREVIEWS = text("""
update billing_run_items i set state = t.verdict, reason = t.reason, total_nanos = case
   when t.verdict <> 'skipped' then t.total_nanos end,
       last_month_nanos = s.last_month_nanos,
       result = jsonb_build_object('subtotal_nanos', t.subtotal_nanos, 'discount_nanos', t.discount_nanos,
          'tax_nanos', t.tax_nanos, 'total_nanos', t.total_nanos,
         'credits_applied_nanos', t.credits_applied_nanos, 'amount_due_nanos', t.amount_due_nanos, 'lines', coalesce((
           select jsonb_agg(jsonb_build_object('kind', l.kind, 'description', l.description, 'quantity',
              l.quantity::text, 'unit', l.unit,
                                               'unit_price_nanos', l.unit_price_nanos, 'amount_nanos',
                                                  l.amount_nanos) order by l.position)
             from billing_lines l where l.organization_id = t.organization_id), '[]'))
  from billing_totals t join billing_scope s on s.organization_id = t.organization_id
 where i.run_id = :run_id and i.organization_id = t.organization_id
""")

# A draft's usage is in the invoice of its own month, or of a later one.
DRAFTS = text("""
with gone as (
  delete from invoices i using billing_totals t
   where i.organization_id = t.organization_id and t.verdict <> 'skipped' and i.kind = 'invoice' and i.state = 'draft'
     and i.period <= :period
  returning i.id, i.run_id, i.organization_id)
update billing_run_items b set state = 'skipped', invoice_id = null, total_nanos = null,
       reason = 'goes with the invoice of ' || to_char(cast(:period as date), 'FMMonth YYYY')
  from gone
 where b.run_id = gone.run_id and b.organization_id = gone.organization_id and b.invoice_id = gone.id and b.state = 'held'
returning b.run_id, b.organization_id, gone.id as invoice_id
""")

ISSUED = text("""
select t.organization_id, t.invoice_id, t.number, t.total_nanos, t.amount_due_nanos, s.currency, t.verdict, t.reason
  from billing_totals t join billing_scope s on s.organization_id = t.organization_id where t.verdict <> 'skipped'
     order by t.organization_id
""")


async def preview(tx: Tx, *, facts: dict[str, object]) -> None:
    """Writes what would be invoiced into the run's items, and nothing else."""
    await tx.execute(PREVIEWS, {"run_id": facts["run_id"]})


async def issue(tx: Tx, *, facts: dict[str, object]) -> Sequence[AnyRow]:
    """Writes everything that an invoice is; earlier drafts give way to it: gives those that nobody had decided about."""
    overtaken = (await tx.execute(DRAFTS, {"period": facts["period"]})).all()
    await tx.execute(INVOICES, {name: facts[name] for name in ("period", "issuer", "run_id", "now")})
    await tx.execute(LINES)
    await tx.execute(POSTINGS, {"now": facts["now"]})
    await tx.execute(WINDOWS)
    await tx.execute(RESULTS, {"run_id": facts["run_id"]})
    await totals.number(tx)
    await tx.execute(FINAL, {"now": facts["now"], "terms": facts["terms"]})
    return overtaken
