"""What will not be paid is written off: an account for it, and postings for what was given up before."""

from alembic import op

revision = "0320"
down_revision = "0340"

ACCOUNTS = (
    "'wallet:purchased','wallet:granted','receivable:unbilled','receivable:billed','revenue:usage','revenue:plan','revenue:storage','revenue:recurring','revenue:discount',"
    "'cost:provider','payable:provider','tax:payable','cash:stripe','cash:bank','fees:stripe','refunds','rounding','promotion','breakage'"
)
UP = """
alter table postings drop constraint postings_debit_check, drop constraint postings_credit_check;
alter table postings
  add constraint postings_debit_check check (debit = any (array[ACCOUNTS,'bad_debts'])),
  add constraint postings_credit_check check (credit = any (array[ACCOUNTS,'bad_debts']));
insert into postings (id, entry_id, organization_id, debit, credit, amount_nanos, currency, cause, subject_id, key, posted_at)
select uuidv7(), uuidv7(), organization_id, 'bad_debts', 'receivable:billed',
       amount_due_nanos - amount_paid_nanos - amount_credited_nanos, currency, 'write_off',
       'in_' || replace(id::text, '-', ''), 'write_off:' || replace(id::text, '-', ''), now()
  from invoices
 where kind = 'invoice' and state = 'uncollectible'
   and amount_due_nanos > amount_paid_nanos + amount_credited_nanos;
""".replace("ACCOUNTS", ACCOUNTS)

DOWN = """
alter table postings disable trigger append_only;
delete from postings where 'bad_debts' in (debit, credit);
alter table postings enable trigger append_only;
alter table postings drop constraint postings_debit_check, drop constraint postings_credit_check;
alter table postings
  add constraint postings_debit_check check (debit = any (array[ACCOUNTS])),
  add constraint postings_credit_check check (credit = any (array[ACCOUNTS]));
""".replace("ACCOUNTS", ACCOUNTS)


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
