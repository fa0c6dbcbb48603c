"""Checks every object the sandbox gives away against the SDK's resource classes.

A failure is a fault of the sandbox, or the sign that an SDK upgrade changed Stripe's shapes: it must be loud.
Each class is turned into checks when it is first met, since asking types about themselves is slow.
"""

import functools
from collections.abc import Callable
from types import NoneType, UnionType
from typing import Any, ClassVar, ForwardRef, Literal, Union, get_args, get_origin

from stripe import StripeObject
from stripe._object_classes import get_object_class

from sandbox.errors import Json
from sandbox.params import tighten

Check = Callable[[Any, str], bool]

# Stripe answers `next_page: null` and a `url` here, which the SDK's class does not say.
_ENVELOPES = {"list", "search_result"}


class SchemaBrokenError(Exception):
    """The sandbox was about to return something Stripe would not."""


def check_resource(resource: Json) -> Json:
    """Return the resource unchanged when the SDK's class describes it completely.

    Raises:
        SchemaBrokenError: An unknown or missing key, a wrong type, a value outside an enum; with its path.
    """
    kind = str(resource.get("object"))
    if kind in _ENVELOPES:
        for item in resource["data"]:
            check_resource(item)
        return resource
    _check_fields(get_object_class("V1", kind), resource, kind)
    if kind == "event":
        check_resource(resource["data"]["object"])
    return resource


def _check_fields(shape: type, value: Json, path: str) -> None:
    checks = _checks(shape)
    if unknown := value.keys() - checks.keys():
        raise SchemaBrokenError(f"{path}: unknown {sorted(unknown)}")
    if absent := _required(shape) - value.keys():
        raise SchemaBrokenError(f"{path}: missing {sorted(absent)}")
    for name, field in value.items():
        if not checks[name](field, f"{path}.{name}"):
            raise SchemaBrokenError(f"{path}.{name}: {field!r} is not {shape.__annotations__[name]}")


@functools.cache
def _checks(shape: type) -> dict[str, Check]:
    return {name: _check_of(kind) for name, kind in _fields(shape).items()}


@functools.cache
def _required(shape: type) -> frozenset[str]:
    return frozenset(name for name, kind in _fields(shape).items() if not _is_optional(kind))


def _fields(shape: type) -> dict[str, Any]:
    return {name: kind for name, kind in shape.__annotations__.items() if get_origin(kind) is not ClassVar}


def _is_optional(kind: Any) -> bool:
    return get_origin(kind) in (Union, UnionType) and NoneType in get_args(kind)


def _check_of(kind: Any) -> Check:
    """The check of one type."""
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        return _check_of_union(kind)
    if origin is Literal:
        options = get_args(kind)
        return lambda value, _path: value in options
    if origin is list:
        item = _check_of(get_args(kind)[0])
        return lambda value, path: isinstance(value, list) and all(item(v, f"{path}[]") for v in value)
    if isinstance(kind, ForwardRef):
        name = kind.__forward_arg__.removesuffix("Resource")  # the SDK renames some on import: `CardResource`
        return lambda value, _path: _is_resource(value, name)
    if not isinstance(kind, type):
        return _fits_free_form
    return _check_of_class(kind)


def _check_of_union(kind: Any) -> Check:
    options = [_check_of(option) for option in tighten(kind)]
    optional = _is_optional(kind)
    return lambda value, path: optional if value is None else any(fits(value, path) for fits in options)


def _check_of_class(kind: type) -> Check:
    if issubclass(kind, StripeObject):
        return lambda value, path: isinstance(value, dict) and _fits_shape(kind, value, path)
    kinds = (float, int) if kind is float else (kind,)
    return lambda value, _path: type(value) in kinds


def _fits_shape(shape: type, value: Json, path: str) -> bool:
    _check_fields(shape, value, path)
    return True


def _fits_free_form(value: Any, _path: str) -> bool:
    """`metadata`, and lists of resources."""
    if isinstance(value, dict) and value.get("object") in _ENVELOPES:
        check_resource(value)
    return isinstance(value, dict)


def _is_resource(value: Any, name: str) -> bool:
    """Whether it is a whole resource of that class."""
    if not isinstance(value, dict) or "object" not in value:
        return False
    if get_object_class("V1", value["object"]).__name__ != name:
        return False
    check_resource(value)
    return True
