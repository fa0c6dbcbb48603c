"""Daily seals of the ledger: a hash over a day's postings and the seal before, so that nobody rewrites a sealed day unseen.

The audit log holds each seal too, and its own chain and seals hold the log.
"""

from alembic import op

revision = "0470"
down_revision = "0450"

UP = """
create table ledger_seals (
  day date primary key,
  postings bigint not null check (postings >= 0),
  previous_hash bytea not null check (length(previous_hash) = 32),
  hash bytea not null check (length(hash) = 32),
  sealed_at timestamptz not null
);
create trigger append_only before update or delete on ledger_seals for each row execute function refuse_change();
create trigger append_only_truncate before truncate on ledger_seals for each statement execute function refuse_change();
revoke update, delete, truncate on ledger_seals from backoffice_app;

-- The smallest id that something made on the day (UTC) can have: ids are UUIDv7, their first 48 bits are milliseconds.
create function first_id_of(day date) returns uuid language sql immutable
return rpad(lpad(to_hex((extract(epoch from day::timestamp) * 1000)::bigint), 12, '0'), 32, '0')::uuid;

-- A day's seal: the hash of the seal before, the day, the number of its postings, and their hashes in order of id. They
-- are hashed minute by minute first, since no value may be larger than a gigabyte.
create function ledger_seal(of_day date, previous_hash bytea) returns table (postings bigint, hash bytea)
language sql stable begin atomic
  select coalesce(sum(m.postings), 0)::bigint,
         sha256(previous_hash || convert_to(of_day::text || ' ' || coalesce(sum(m.postings), 0), 'UTF8')
                || coalesce(string_agg(m.hash, ''::bytea order by m.minute), ''::bytea))
    from (
      select date_trunc('minute', uuid_extract_timestamp(p.id), 'UTC') as minute, count(*) as postings,
             sha256(string_agg(sha256(convert_to(jsonb_build_array(
               p.id, p.entry_id, p.organization_id, p.debit, p.credit, p.amount_nanos, p.currency, p.cause,
               p.subject_id, p.lot_id, p.key, to_char(p.posted_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')
             )::text, 'UTF8')), ''::bytea order by p.id)) as hash
        from postings p
       where p.id >= first_id_of(of_day) and p.id < first_id_of(of_day + 1)
       group by 1) m;
end;
"""

DOWN = """
drop function ledger_seal(date, bytea);
drop function first_id_of(date);
drop table ledger_seals;
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(UP)


def downgrade() -> None:
    op.execute(DOWN)
