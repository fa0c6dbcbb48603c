"""Lists as Stripe gives them: newest first, in pages, filtered; and its small search language."""

import json
import re
from collections.abc import Callable
from typing import Any

from sandbox.account import Account
from sandbox.errors import Json, invalid

_COMPARE = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
_CLAUSE = re.compile(
    r"""^(?P<field>[a-z_]+)(\[(?P<quote>["'])(?P<key>.+?)(?P=quote)\])?(?P<op>:|>=|<=|>|<)(?P<value>.+)$"""
)
_SEARCHABLE = {"amount", "created", "currency", "customer", "email", "metadata", "name", "phone", "status"}


def retriever(kind: str) -> Callable[[Account, Json, str], Json]:
    """The call that answers one object of a kind by its identifier."""

    def retrieve(account: Account, _params: Json, identifier: str) -> Json:
        return account.require(kind, identifier)

    return retrieve


def list_page(account: Account, kind: str, url: str, params: Json, *filters: str) -> Json:
    """One page of a kind's objects; `filters` are parameters that must equal the field of the same name."""
    where: list[str] = ["kind = ?"]
    values: list[Any] = [kind]
    for name in filters:
        if name in params:
            where.append("customer = ?" if name == "customer" else f"json_extract(body, '$.{name}') = ?")
            values.append(params[name])
    for compare, moment in _created(params.get("created")):
        where.append(f"json_extract(body, '$.created') {compare} ?")
        values.append(moment)
    return _page(account, url, params, where, values)


def _created(asked: Any) -> list[tuple[str, int]]:
    if asked is None:
        return []
    return [("=", asked)] if isinstance(asked, int) else [(_COMPARE[k], v) for k, v in asked.items()]


def _page(account: Account, url: str, params: Json, where: list[str], values: list[Any]) -> Json:
    limit = _limit(params)
    backwards = "ending_before" in params
    cursor = params.get("ending_before") or params.get("starting_after")
    if cursor:
        where.append(f"sequence {'>' if backwards else '<'} ?")
        values.append(_sequence(account, cursor, "ending_before" if backwards else "starting_after"))
    order = "order by sequence asc limit ?" if backwards else "order by sequence desc limit ?"
    sql = " ".join(["select body from objects where", " and ".join(where), order])
    rows = account.store.rows(sql, *values, limit + 1)
    found = [json.loads(row["body"]) for row in rows[:limit]]
    data = found[::-1] if backwards else found
    return {"object": "list", "data": data, "has_more": len(rows) > limit, "url": url}


def _limit(params: Json) -> int:
    limit = params.get("limit", 10)
    if not 1 <= limit <= 100:
        raise invalid("Invalid integer: limit must be between 1 and 100", param="limit")
    return limit


def _sequence(account: Account, cursor: str, param: str) -> int:
    row = account.store.row("select sequence from objects where id = ?", cursor)
    if row is None:
        raise invalid(f"No such object: '{cursor}'", param=param, code="resource_missing")
    return row["sequence"]


def search_page(account: Account, kind: str, url: str, params: Json) -> Json:
    """Everything the query matches, newest first; clauses are joined by AND."""
    where: list[str] = ["kind = ?"]
    values: list[Any] = [kind]
    for clause in re.split(r"\s+AND\s+", params["query"].strip(), flags=re.IGNORECASE):
        sql, bound = _clause(clause)
        where.append(sql)
        values.extend(bound)
    page = _page(account, url, {"limit": _limit(params)}, where, values)
    return {**page, "object": "search_result", "next_page": None}


def _clause(clause: str) -> tuple[str, list[Any]]:
    match = _CLAUSE.match(clause.strip())
    if match is None or match["field"] not in _SEARCHABLE:
        raise invalid(f"We were unable to parse your search query: {clause}", param="query")
    operator = "=" if match["op"] == ":" else match["op"]
    raw = match["value"]
    value = int(raw) if raw.isdecimal() else raw.strip("\"'")
    if match["field"] == "metadata":
        found = "id in (select id from metadata where kind = objects.kind and key = ? and value = ?)"
        return found, [match["key"], raw.strip("\"'")]
    return f"json_extract(body, '$.{match['field']}') {operator} ?", [value]
