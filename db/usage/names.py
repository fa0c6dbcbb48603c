"""The models that were used lately, offered while one filters."""

from datetime import datetime, timedelta

from sqlalchemy import text

from db.engine import Tx

_LATELY = timedelta(days=120)
_MODELS = text("""
select model from usage_by_platform where hour >= :since and model <> '' group by model
 order by sum(requests) desc, model limit 200
""")


async def models(tx: Tx, *, now: datetime) -> list[str]:
    """The most used models of the last months, the most used first; at most 200."""
    return list((await tx.execute(_MODELS, {"since": now - _LATELY})).scalars())
