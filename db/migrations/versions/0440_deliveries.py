"""When a document was handed to the client is a fact of its own: before it, clients see nothing of it."""

from alembic import op

revision = "0440"
down_revision = "0400"

CLIENT = "organization_id = (select visible_organization())"
CONTRACTOR = "organization_id = any ((select visible_organizations())::uuid[])"
TOLD = """action not in ('invoice.hold', 'invoice.release', 'invoice.discard', 'invoice.overtake')
  and (target_kind <> 'invoice' or target_id !~ '^(in|cn)_[0-9a-f]{32}$'
       or exists (select from invoices i where i.id = right(target_id, 32)::uuid))"""
UP = """
alter table invoices
  add column delivered_at timestamptz,
  add constraint invoices_delivered_is_final check (delivered_at is null or state <> 'draft');

-- Until now the letter in the outbox said so; beside it, for letters that were erased, the document or the collection.
update invoices i set delivered_at = coalesce(
    (select m.created_at from mails m where m.key = 'invoice:' || replace(i.id::text, '-', '')),
    (select n.created_at from intents n where n.key = 'collection/in_' || replace(i.id::text, '-', '')),
    (select d.rendered_at from invoice_documents d
      where d.invoice_id = i.id
        and not exists (select from billing_runs r where r.id = i.run_id and r.state <> 'completed')))
 where i.state <> 'draft';

create index invoices_undelivered on invoices (run_id) where delivered_at is null and state <> 'draft';
create index billing_run_items_undecided on billing_run_items (run_id) where state in ('held', 'failed');

-- Clients and contractors see what was handed over; entries of the audit log about an invoice only with the invoice,
-- and never what the house decided about a draft.
alter policy client on invoices using (CLIENT and delivered_at is not null);
alter policy contractor on invoices using (CONTRACTOR and delivered_at is not null);
alter policy client on audit using (CLIENT and TOLD);
alter policy contractor on audit using (CONTRACTOR and TOLD);

-- Drafts that gave way to the invoice of a later month left their items behind.
update billing_run_items t set state = 'skipped', reason = 'invoiced with a later month', invoice_id = null,
       total_nanos = null
 where t.state = 'held' and t.invoice_id is not null
   and not exists (select from invoices i where i.id = t.invoice_id);
"""
DOWN = """
alter policy client on audit using (CLIENT);
alter policy contractor on audit using (CONTRACTOR);
alter policy client on invoices using (CLIENT);
alter policy contractor on invoices using (CONTRACTOR);
drop index billing_run_items_undecided;
drop index invoices_undelivered;
alter table invoices drop column delivered_at;
"""


def upgrade() -> None:
    """Adds the fact, fills it, and hides what has none."""
    op.execute(_spelled(UP))


def downgrade() -> None:
    """Takes it away."""
    op.execute(_spelled(DOWN))


def _spelled(statements: str) -> str:
    return statements.replace("CLIENT", CLIENT).replace("CONTRACTOR", CONTRACTOR).replace("TOLD", TOLD)
