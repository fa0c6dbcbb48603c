"""A row of any query, as the functions that turn rows into domain objects take it."""

from typing import Any

from sqlalchemy import Row

AnyRow = Row[*tuple[Any, ...]]
