"""Other names of models: looked up by the statement that takes usage in."""

from collections.abc import Sequence

from sqlalchemy import Table, delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from db.engine import Tx
from db.schema import Column, Instant, Text, metadata
from domain.errors import NotFound
from domain.price import Alias, AliasExists

model_aliases = Table(
    "model_aliases",
    metadata,
    Column("provider", Text, primary_key=True),
    Column("alias", Text, primary_key=True),
    Column("model", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
)


async def insert_once(tx: Tx, alias: Alias) -> Alias:
    """Adds an alias, or gives the one that says the same already.

    Raises:
        AliasExists: it leads to another model, or one of the two names is taken on the other side.
    """
    await _refuse_chain(tx, alias)
    facts = {
        "provider": alias.provider,
        "alias": alias.alias,
        "model": alias.model,
        "created_at": alias.created_at,
    }
    await tx.execute(upsert(model_aliases).values(facts).on_conflict_do_nothing())
    kept = await get(tx, provider=alias.provider, alias=alias.alias)
    if kept.model != alias.model:
        raise AliasExists(
            f"alias: '{alias.alias}' leads to '{kept.model}'; delete that alias first", model=kept.model
        )
    return kept


async def get(tx: Tx, *, provider: str, alias: str) -> Alias:
    """The alias.

    Raises:
        NotFound: there is none.
    """
    here = (model_aliases.c.provider == provider) & (model_aliases.c.alias == alias)
    row = (await tx.execute(select(model_aliases).where(here))).first()
    if row is None:
        raise NotFound("There is no such alias")
    return Alias(**row._asdict())


async def list_all(tx: Tx, *, provider: str | None = None, model: str | None = None) -> Sequence[Alias]:
    """Every alias that passes, by provider and name."""
    query = select(model_aliases).order_by(model_aliases.c.provider, model_aliases.c.alias)
    if provider is not None:
        query = query.where(model_aliases.c.provider == provider)
    if model is not None:
        query = query.where(model_aliases.c.model == model)
    return [Alias(**row._asdict()) for row in await tx.execute(query)]


async def remove(tx: Tx, *, provider: str, alias: str) -> Alias:
    """Removes an alias and gives what it was; records priced through it keep their price.

    Raises:
        NotFound: there is none.
    """
    gone = await get(tx, provider=provider, alias=alias)
    here = (model_aliases.c.provider == provider) & (model_aliases.c.alias == alias)
    await tx.execute(delete(model_aliases).where(here))
    return gone


async def _refuse_chain(tx: Tx, alias: Alias) -> None:
    """Keeps aliases one step deep: no alias of an alias, no alias that others lead to."""
    table = model_aliases.c
    taken = (table.alias == alias.model) | (table.model == alias.alias)
    query = select(table.alias, table.model).where(table.provider == alias.provider, taken).limit(1)
    row = (await tx.execute(query)).first()
    if row is not None:
        raise AliasExists(f"alias: '{row.alias}' leads to '{row.model}'; name that model directly")
