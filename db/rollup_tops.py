"""The heads of long lists: of a day's or month's users (keys, bots, projects) the largest, ranked beforehand.

A list is an organization's, one of its projects' or everybody's. A short one is read whole and has no head.
Late usage takes the heads of its lists away, and the pump ranks them anew.
"""

from datetime import date

from sqlalchemy import text

from db.engine import Tx
from db.rollup_tables import NOBODY, SUMS

LONG = 200
HEAD = 500
HASHES = 128
_COLUMNS = ", ".join(SUMS)
# A day of an organization is in its roll-up, everything else among what is closed.
_CLOSED = f"""
select organization_id, currency, project_id, key, {_COLUMNS} from usage_closed
 where kind = :kind and grain = :grain and since = :since"""  # noqa: S608 — constants of this file
_OF_DAY = f"""
select organization_id, currency, within_project_id, {{key}}, {_COLUMNS} from {{table}} join wallets using (organization_id)
 where day = :since"""  # noqa: S608 — constants of this file
_TABLES = {
    "user": ("usage_by_user", "end_user"),
    "key": ("usage_by_key", "api_key_id"),
    "bot": ("usage_by_bot", "bot_id"),
}
_HEADS = f"""
with rows as materialized ({{rows}}),
long as (select organization_id from rows group by 1 having count(*) > :long),
lists as (
  select * from rows where project_id <> {NOBODY} and organization_id in (select organization_id from long)
  union all
  select organization_id, currency, {NOBODY}, key, {", ".join(f"sum({name})::bigint" for name in SUMS)}
    from rows where organization_id in (select organization_id from long) group by 1, 2, 4
), placed as (
  select l.*, hashtextextended(key, 0) as hash, row_number() over (list order by amount_nanos desc, key) as by_amount,
         row_number() over (list order by requests desc, key) as by_requests,
         row_number() over (list order by hashtextextended(key, 0)) as by_hash
    from lists l window list as (partition by organization_id, currency, project_id)
), active as (
  select currency, count(*) as active
    from (select distinct organization_id, currency, key from rows where organization_id <> {NOBODY}) users group by 1
)
select organization_id, cast(:kind as text) as kind, project_id, cast(:grain as text) as grain, cast(:since as date) as since,
       currency, count(*) as parts,
       coalesce((select a.active from active a where a.currency = p.currency and p.organization_id = {NOBODY}),
                count(*)) as active,
       {", ".join(f"sum({name})::bigint as {name}" for name in SUMS)},
       array_agg(key order by by_amount) filter (where by_amount <= :head) as keys_by_amount,
       array_agg(amount_nanos order by by_amount) filter (where by_amount <= :head) as amounts,
       coalesce(min(amount_nanos) filter (where by_amount = :head), 0) as rest_amount,
       array_agg(key order by by_requests) filter (where by_requests <= :head) as keys_by_requests,
       array_agg(requests order by by_requests) filter (where by_requests <= :head) as counts,
       coalesce(min(requests) filter (where by_requests = :head), 0) as rest_count,
       array_agg(hash order by by_hash) filter (where by_hash <= :hashes) as hashes
  from placed p group by organization_id, currency, project_id"""  # noqa: S608 — constants of this file
_UNRANKED = text(
    "select kind, grain, since from usage_closings where not is_ranked order by since desc limit 1"
)
_FORGET = text("delete from usage_tops where kind = :kind and grain = :grain and since = :since")
_RANKED = text(
    "update usage_closings set is_ranked = true where kind = :kind and grain = :grain and since = :since"
)


def heads(kind: str, grain: str) -> str | None:
    """The query for the heads of one kind's lists of `:since`; None where lists are never long."""
    if kind == "model":
        return None
    rows = [_CLOSED]
    if kind == "project":
        rows = [f"{_CLOSED} and organization_id = {NOBODY}"]
    elif grain == "day":
        table, key = _TABLES[kind]
        rows.append(_OF_DAY.format(table=table, key=key))
    return _HEADS.format(rows=" union all ".join(rows))


def lengths() -> dict[str, int]:
    """From how many rows on a list is long, and how many keys and hashes its head has."""
    return {"long": LONG, "head": HEAD, "hashes": HASHES}


async def rank(tx: Tx, *, kind: str, grain: str, since: date) -> None:
    """Makes the heads of one kind of one closed day or month anew. The caller holds the folding lock."""
    facts = {"kind": kind, "grain": grain, "since": since}
    query = heads(kind, grain)
    await tx.execute(_FORGET, facts)
    if query is not None:
        await tx.execute(text(f"insert into usage_tops {query}"), {**facts, **lengths()})
    await tx.execute(_RANKED, facts)


async def rank_one(tx: Tx) -> bool:
    """Ranks a day or month that late usage changed; False when there is none."""
    row = (await tx.execute(_UNRANKED)).first()
    if row is None:
        return False
    await rank(tx, kind=row.kind, grain=row.grain, since=row.since)
    return True
