"""Reads a request's parameters by the SDK's own TypedDicts, refusing whatever Stripe would refuse.

The types are walked when a route is first used, never at start, so a new SDK changes the sandbox by itself.
"""

import functools
import typing
from collections.abc import Mapping
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import stripe.params
from stripe._request_options import RequestOptions  # its keys are client options, never sent to Stripe
from stripe._stripe_object import UntypedStripeObject
from typing_extensions import is_typeddict

from sandbox.errors import Json, StripeError, invalid
from sandbox.forms import Tree

_CLIENT_OPTIONS = frozenset(RequestOptions.__annotations__)
_UNSEEN_NAMES = {"StripeContext": object, "Mapping": Mapping}


@functools.cache
def shape_of(name: str) -> Any:
    """The SDK's TypedDict of that name: `PaymentIntentCreateParams`, `checkout.SessionCreateParams`."""
    return functools.reduce(getattr, name.split("."), stripe.params)


@functools.cache
def fields_of(shape: Any) -> dict[str, Any]:
    """Every parameter a shape knows, with its type."""
    hints = typing.get_type_hints(shape, localns=_UNSEEN_NAMES)
    top = RequestOptions in getattr(shape, "__orig_bases__", ())
    return {name: kind for name, kind in hints.items() if not (top and name in _CLIENT_OPTIONS)}


def read_params(shape: Any, raw: Tree, path: str = "") -> Json:
    """Turn nested text into typed values.

    Raises:
        StripeError: An unknown or missing parameter, or a value of the wrong kind; `param` names it.
    """
    fields = fields_of(shape)
    for name in raw:
        if name not in fields:
            where = _join(path, name)
            raise invalid(f"Received unknown parameter: {where}", param=where, code="parameter_unknown")
    for name in sorted(shape.__required_keys__ & fields.keys()):
        if name not in raw:
            where = _join(path, name)
            raise invalid(f"Missing required param: {where}.", param=where, code="parameter_missing")
    return {name: _read(fields[name], value, _join(path, name)) for name, value in raw.items()}


@functools.cache
def tighten(kind: Any) -> tuple[Any, ...]:
    """The members of a union; an enum the SDK leaves open (`Literal[…] | str`) is closed.

    `Literal[''] | str` stays open: there the literal only says that an empty text unsets the field.
    """
    options = [option for option in get_args(kind) if option is not NoneType]
    closed = any(get_origin(o) is Literal and any(get_args(o)) for o in options)
    return tuple(o for o in options if not (closed and o is str))


def _join(path: str, name: str) -> str:
    return f"{path}[{name}]" if path else name


def _read(kind: Any, raw: str | Tree, where: str) -> Any:
    if get_origin(kind) in (Union, UnionType):
        return _read_union(kind, raw, where)
    if isinstance(raw, str):
        return _read_text(kind, raw, where)
    if is_typeddict(kind):
        return read_params(kind, raw, where)
    if get_origin(kind) is list:
        (item,) = get_args(kind)
        ordered = sorted(raw.items(), key=lambda pair: int(pair[0]) if pair[0].isdigit() else -1)
        return [_read(item, value, _join(where, index)) for index, value in ordered]
    if _is_map(kind):
        return {key: _read(get_args(kind)[-1], value, _join(where, key)) for key, value in raw.items()}
    raise invalid(f"Invalid {_words(kind)}: {{}}", param=where)


def _read_union(kind: Any, raw: str | Tree, where: str) -> Any:
    options = [o for o in tighten(kind) if _nests(o) != isinstance(raw, str)]
    if not options:
        raise invalid(f"Invalid {where}: must be {_words(tighten(kind)[-1])}", param=where)
    for option in options[:-1]:
        try:
            return _read(option, raw, where)
        except StripeError:
            continue
    return _read(options[-1], raw, where)


def _nests(kind: Any) -> bool:
    return is_typeddict(kind) or get_origin(kind) is list or _is_map(kind)


def _is_map(kind: Any) -> bool:
    return get_origin(kind) in (dict, UntypedStripeObject)


def _read_text(kind: Any, raw: str, where: str) -> Any:
    if get_origin(kind) is Literal:
        return _read_literal(kind, raw, where)
    reader = _TEXT_READERS.get(kind)
    if reader is None:
        raise invalid(f"Invalid {_words(kind)}: {raw}", param=where)
    return reader(raw, where)


def _read_literal(kind: Any, raw: str, where: str) -> str:
    options = get_args(kind)
    if raw not in options:
        listed = ", ".join(str(option) for option in options)
        raise invalid(f"Invalid {where}: must be one of {listed}", param=where)
    return raw


def _read_integer(raw: str, where: str) -> int:
    if not raw.removeprefix("-").isdecimal() or not raw.isascii():
        raise invalid(f"Invalid integer: {raw}", param=where, code="parameter_invalid_integer")
    return int(raw)


def _read_boolean(raw: str, where: str) -> bool:
    if raw not in ("true", "false"):
        raise invalid(f"Invalid boolean: {raw}", param=where)
    return raw == "true"


def _read_number(raw: str, where: str) -> float:
    try:
        return float(raw)
    except ValueError:
        raise invalid(f"Invalid decimal: {raw}", param=where) from None


_TEXT_READERS: dict[Any, Any] = {
    str: lambda raw, _where: raw,
    int: _read_integer,
    bool: _read_boolean,
    float: _read_number,
}


def _words(kind: Any) -> str:
    if kind in (int, bool, str, float):
        return {int: "integer", bool: "boolean", str: "string", float: "decimal"}[kind]
    return "array" if get_origin(kind) is list else "object"
