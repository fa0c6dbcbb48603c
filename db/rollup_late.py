"""Usage that comes late for a closed day or month: added to its sums, and the heads it changes are taken away."""

from db.rollup_closings import KINDS
from db.rollup_tables import NOBODY, SUMS

_COLUMNS = ", ".join(SUMS)
_TOTALS = ", ".join(f"sum({name})" for name in SUMS)
_ADDED = ", ".join(f"{name} = t.{name} + excluded.{name}" for name in SUMS)
_PLACES = ", ".join(
    f"('{kind.name}', f.organization_id, {kind.key}, {kind.project}), ('{kind.name}', {NOBODY}, {kind.key}, {NOBODY})"
    for kind in KINDS
)
_DAYS_OF_EACH = ", ".join(f"'{kind.name}'" for kind in KINDS if kind.keeps_each("day"))
# Parts of the folding statement; `facts` are the records of the batches that are folded.
LATE_INTO_CLOSED = f"""late as (
  select c.kind, c.grain, c.since, w.currency, f.*
    from facts f join wallets w using (organization_id)
    cross join lateral (values ('day', f.day), ('month', date_trunc('month', f.day)::date)) g (grain, since)
    join usage_closings c on c.grain = g.grain and c.since = g.since
), late_keys as (
  select f.kind, f.grain, f.since, p.organization_id, p.key, f.currency, p.project_id, {", ".join(f"f.{name}" for name in SUMS)}
    from late f join lateral (values {_PLACES}) p (kind, organization_id, key, project_id)
      on p.kind = f.kind and p.key is not null
     and (f.grain = 'month' or f.kind in ({_DAYS_OF_EACH}) or p.organization_id = {NOBODY})
), into_closed as (
  insert into usage_closed as t (kind, grain, since, organization_id, key, currency, project_id, {_COLUMNS})
  select kind, grain, since, organization_id, key, currency, project_id, {_TOTALS}
    from late_keys group by 1, 2, 3, 4, 5, 6, 7 order by 1, 2, 3, 4, 5, 6, 7
  on conflict (kind, grain, since, organization_id, key, currency, project_id) do update set {_ADDED}
), unranked as (
  delete from usage_tops t using (select distinct kind, grain, since, organization_id from late) l
   where t.kind = l.kind and t.grain = l.grain and t.since = l.since and t.organization_id in (l.organization_id, {NOBODY})
), reopened as (
  update usage_closings c set is_ranked = false from (select distinct kind, grain, since from late) l
   where c.kind = l.kind and c.grain = l.grain and c.since = l.since)"""  # noqa: S608 — constants of this file
