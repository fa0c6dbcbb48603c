"""Expansion: identifiers in an answer replaced by the objects they name, as `expand[]` asks."""

from typing import Any

from sandbox.account import Account
from sandbox.errors import Json, invalid

_DEEPEST = 4


def expand(account: Account, resource: Json, paths: list[str]) -> Json:
    """The resource with every path expanded.

    Raises:
        StripeError: A path names nothing expandable, or is deeper than four levels.
    """
    for path in paths:
        names = path.split(".")
        if len(names) > _DEEPEST:
            raise invalid(f"You cannot expand more than {_DEEPEST} levels of a property.", param="expand")
        resource = _expand(account, resource, names, path)
    return resource


def _expand(account: Account, value: Any, names: list[str], path: str) -> Any:
    if isinstance(value, list):
        return [_expand(account, item, names, path) for item in value]
    if isinstance(value, str):
        value = account.store.get(value)
    if value is None or not names:
        return value
    if not isinstance(value, dict) or names[0] not in value or not _can_expand(value[names[0]], account):
        raise invalid(f"This property cannot be expanded ({path}).", param="expand")
    return {**value, names[0]: _expand(account, value[names[0]], names[1:], path)}


def _can_expand(value: Any, account: Account) -> bool:
    if isinstance(value, str):
        return account.store.get(value) is not None
    return value is None or isinstance(value, (dict, list))
