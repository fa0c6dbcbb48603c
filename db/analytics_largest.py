"""The largest parts of long lists, exactly, without reading the lists whole.

A long list of a day or month has a head: its largest keys, and what the last of them comes to. Over several lists a
key comes to at least what the heads show of it, and at most that and the last place of each head it is not in. Only
keys whose most reaches the least of the last place asked for can be among the largest: those few are summed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import text

from db import rollup_tops
from db.analytics_parts import EVERYBODY, NO_PROJECT, Parts, of_cover
from db.engine import Tx
from db.rows import AnyRow
from domain.analytics import Dimension, Scope

_SIZES = {
    "amount_nanos": ("keys_by_amount", "amounts", "rest_amount"),
    "requests": ("keys_by_requests", "counts", "rest_count"),
}
# Of a head, so many keys are read for each one asked for; all of it only when they do not decide.
_REACH = 4
_OF_HEADS = """
 where organization_id = :whose and kind = :kind and project_id = :within
   and (grain = 'month' and since = any (cast(:months as date[])) or grain = 'day' and since = any (cast(:days as date[])))"""
_HEADS = f"select distinct grain, since from usage_tops{_OF_HEADS}"  # noqa: S608 — constants of this file
_BOUNDS = rf"""
with heads as materialized (
  select currency, parts, amount_nanos, requests, hashes[1\:r.hashed] as hashes,
         {{keys}}[1\:r.reach] as keys, {{sizes}}[1\:r.reach] as sizes,
         coalesce({{sizes}}[r.reach], {{rest}}) as rest
    from usage_tops, (select cast(:reach as integer) as reach, cast(:hashes as integer) as hashed) r{_OF_HEADS}
), whole as materialized (
  select currency, key, sum(amount_nanos)::bigint as amount_nanos, sum(requests)::bigint as requests
    from ({{query}}) q group by 1, 2
), listed as (
  select currency, key, sum(size)::bigint as size, sum(rest)::bigint as rest
    from (select currency, unnest(keys) as key, unnest(sizes) as size, rest from heads) l group by 1, 2
), every as (
  select currency, sum(rest)::bigint as rest, max(parts) as longest,
         min(hashes[:hashes]) filter (where parts > :hashes) as edge from heads group by 1
), bounds as materialized (
  select currency, key, coalesce(w.{{size}}, 0) + coalesce(l.size, 0) as least,
         coalesce(w.{{size}}, 0) + coalesce(l.size, 0) + coalesce(e.rest, 0) - coalesce(l.rest, 0) as most
    from whole w full join listed l using (currency, key) left join every e using (currency)
), bar as (select coalesce((select least from bounds order by least desc offset :limit - 1 limit 1), -1) as least),
seen as (
  select currency, hash, row_number() over (partition by currency order by hash) as place
    from (select currency, hash from (select currency, unnest(hashes) as hash from heads) h join every using (currency)
           where edge is null or hash <= edge
          union select currency, hashtextextended(key, 0) from whole left join every using (currency)
           where edge is null or hashtextextended(key, 0) <= edge) distinct_hashes
), counted as (
  select currency, count(*) as known, min(hash) filter (where place = :hashes) + 9223372036854775808 as reach
    from seen group by 1
), totals as (
  select currency, sum(amount_nanos) as amount_nanos, sum(requests) as requests
    from (select currency, amount_nanos, requests from heads
          union all select currency, amount_nanos, requests from whole) t group by 1
), found as (
  select b.currency, b.key, coalesce(e.longest, 0) <= :hashes or c.reach is null as is_exact, c.known, c.reach
    from bounds b join counted c using (currency) left join every e using (currency)
   where b.most >= (select least from bar)
)
select f.currency, f.key, t.amount_nanos as whole_amount, t.requests as whole_requests, f.is_exact,
       case when f.is_exact then f.known else (:hashes - 1) / (f.reach / 18446744073709551616) end::bigint as parts,
       (select max(rest) = 0 or max(rest) < (select least from bar) from every) as is_complete
  from found f join totals t using (currency)"""  # noqa: S608 — constants of this file
_RANKED = """
select key, currency, sum(amount_nanos) as amount, sum(requests) as requests,
       sum(sum(amount_nanos)) over (partition by currency) as whole_amount,
       sum(sum(requests)) over (partition by currency) as whole_requests, count(*) over () as parts
  from ({query}) s group by 1, 2 order by sum({size}) desc, key limit :limit"""


@dataclass(frozen=True, slots=True)
class Largest:
    """Keys among which are the largest parts; what the whole is, by currency: nanos and requests; how many parts."""

    keys: Sequence[str]
    whole: Mapping[str, tuple[int, int]]
    count: int
    count_is_exact: bool = field(kw_only=True)


async def largest(tx: Tx, *, by: Dimension, scope: Scope, summed: Parts, limit: int, size: str) -> Largest:
    """The keys of the `limit` largest parts by `size` (`amount_nanos` or `requests`), perhaps some more."""
    found = await _by_heads(tx, by, scope, summed, limit, size)
    if found:
        whole = {row.currency: (row.whole_amount, row.whole_requests) for row in found}
        counts = {row.currency: row.parts for row in found}
        return Largest(
            _keys(found), whole, sum(counts.values()), count_is_exact=all(row.is_exact for row in found)
        )
    query = _RANKED.format(query=summed.query, size=size)
    rows = list(await tx.execute(text(query), {**summed.given, "limit": limit}))
    whole = {row.currency: (row.whole_amount, row.whole_requests) for row in rows}
    return Largest(_keys(rows), whole, rows[0].parts if rows else 0, count_is_exact=True)


async def _by_heads(
    tx: Tx, by: Dimension, scope: Scope, summed: Parts, limit: int, size: str
) -> list[AnyRow]:
    """What the heads of lists leave open; nothing where there are no heads or they do not reach far enough."""
    cover = summed.cover
    if cover is None:
        return []
    asked: dict[str, object] = {
        "whose": scope.organization_id or EVERYBODY,
        "kind": by,
        "within": scope.project_id or NO_PROJECT,
    }
    wanted = {"months": cover.months, "days": [*cover.days, *cover.open_days]}
    rows = (await tx.execute(text(_HEADS), {**asked, **wanted})).all()
    months = {row.since for row in rows if row.grain == "month"}
    days = {row.since for row in rows if row.grain == "day"}
    if not rows:
        return []
    rest = of_cover(by, scope, cover.without(months, days), prefix="rest_")
    keys, sizes, least = _SIZES[size]
    query = text(_BOUNDS.format(keys=keys, sizes=sizes, rest=least, size=size, query=rest.query))
    given = {**rest.given, **asked, "months": list(months), "days": list(days), "limit": limit}
    for reach in (_REACH * limit, rollup_tops.HEAD):
        facts = {**given, "reach": reach, "hashes": rollup_tops.HASHES}
        found = list(await tx.execute(query, facts))
        if found and found[0].is_complete:
            return found
    return []


def _keys(rows: Sequence[AnyRow]) -> list[str]:
    """The keys of rows, each once."""
    return list(dict.fromkeys(row.key for row in rows))
