"""Proofs about receivables: what is open on invoices, and what was given up."""

from db.proofs.proof import Proof


def _stand_for(account: str, states: str, words: str) -> str:
    """A query: what is open on an organization's invoices in some states against what the books hold in an account."""
    return f"""
    with owed as (
      select organization_id, sum(amount_due_nanos - amount_paid_nanos - amount_credited_nanos) as nanos
        from invoices where kind = 'invoice' and state {states} group by 1
    ), posted as (
      select organization_id, sum(case when debit = '{account}' then amount_nanos else -amount_nanos end) as nanos
        from postings where debit = '{account}' or credit = '{account}' group by 1
    )
    select 'org_' || replace(coalesce(o.organization_id, p.organization_id)::text, '-', '') as subject_id,
           coalesce(o.organization_id, p.organization_id) as organization_id,
           format('%s nanos are {words}, the books say %s', coalesce(o.nanos, 0), coalesce(p.nanos, 0)) as detail
      from owed o full join posted p on p.organization_id = o.organization_id
     where coalesce(o.nanos, 0) <> coalesce(p.nanos, 0)
     order by 1 limit :most"""  # noqa: S608 — made of constants of this file


RECEIVABLES = Proof(
    name="receivables_are_open_invoices",
    says="An organization's billed receivables are what is open on its invoices, but for those given up",
    sql=_stand_for("receivable:billed", "not in ('draft', 'uncollectible')", "open on invoices"),
)

WRITTEN_OFF = Proof(
    name="bad_debts_are_given_up_invoices",
    says="What is written off and has not come in nevertheless is what is open on invoices that were given up",
    sql=_stand_for("bad_debts", "= 'uncollectible'", "given up on invoices"),
)

PROOFS = (RECEIVABLES, WRITTEN_OFF)
