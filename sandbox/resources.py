"""Checks every object the sandbox gives away against the SDK's resource classes.

A failure is a fault of the sandbox, or the sign that an SDK upgrade changed Stripe's shapes: it must be loud.
"""

import functools
from types import NoneType, UnionType
from typing import Any, ClassVar, ForwardRef, Literal, Union, get_args, get_origin

from stripe import StripeObject
from stripe._object_classes import get_object_class

from sandbox.errors import Json
from sandbox.params import tighten

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


@functools.cache
def _fields(shape: type) -> dict[str, Any]:
    return {n: kind for n, kind in shape.__annotations__.items() if get_origin(kind) is not ClassVar}


def _check_fields(shape: type, value: Json, path: str) -> None:
    fields = _fields(shape)
    if unknown := value.keys() - fields.keys():
        raise SchemaBrokenError(f"{path}: unknown {sorted(unknown)}")
    for name, kind in fields.items():
        if name in value:
            _check(kind, value[name], f"{path}.{name}")
        elif not _may_be_absent(kind):
            raise SchemaBrokenError(f"{path}.{name}: missing")


def _may_be_absent(kind: Any) -> bool:
    return get_origin(kind) in (Union, UnionType) and NoneType in get_args(kind)


def _check(kind: Any, value: Any, path: str) -> None:
    if not _fits(kind, value, path):
        raise SchemaBrokenError(f"{path}: {value!r} is not {kind}")


def _fits(kind: Any, value: Any, path: str) -> bool:
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        return _fits_union(kind, value, path)
    if origin is Literal:
        return value in get_args(kind)
    if origin is list:
        (item,) = get_args(kind)
        return isinstance(value, list) and all(_fits(item, v, f"{path}[]") for v in value)
    if isinstance(kind, ForwardRef):
        return _is_resource(value, kind.__forward_arg__)
    if not isinstance(kind, type):
        return _fits_generic(value)
    return _fits_class(kind, value, path)


def _fits_union(kind: Any, value: Any, path: str) -> bool:
    if value is None:
        return NoneType in get_args(kind)
    return any(_fits(option, value, path) for option in tighten(kind))


def _fits_generic(value: Any) -> bool:
    """Free-form objects (`metadata`) and lists of resources."""
    if isinstance(value, dict) and value.get("object") in _ENVELOPES:
        check_resource(value)
    return isinstance(value, dict)


def _fits_class(kind: type, value: Any, path: str) -> bool:
    if not issubclass(kind, StripeObject):
        return type(value) is kind or (kind is float and type(value) is int)
    if isinstance(value, dict):
        _check_fields(kind, value, path)
    return isinstance(value, dict)


def _is_resource(value: Any, name: str) -> bool:
    """Whether it is a whole resource of that class (the SDK renames some on import: `CardResource`)."""
    if not isinstance(value, dict) or "object" not in value:
        return False
    if get_object_class("V1", value["object"]).__name__ != name.removesuffix("Resource"):
        return False
    check_resource(value)
    return True
