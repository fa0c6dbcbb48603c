"""Stripe's wire format for parameters: form fields whose names nest with brackets."""

import re
from urllib.parse import parse_qsl

from sandbox.errors import invalid

Tree = dict[str, "str | Tree"]

_NAME = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")
_BRACKET = re.compile(r"\[([^\[\]]*)\]")


def parse_form(text: str) -> Tree:
    """Turn `a[b][0]=x` into `{"a": {"b": {"0": "x"}}}`; numbering `a[]` as it comes.

    Raises:
        StripeError: A name is malformed, or is used both as a value and as a container.
    """
    tree: Tree = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        _put(tree, _path(name), value, name)
    return tree


def _path(name: str) -> list[str]:
    match = _NAME.match(name)
    if match is None:
        raise invalid(f"Invalid parameter name: {name}", param=name, code="parameter_unknown")
    return [match[1], *_BRACKET.findall(match[2])]


def _put(tree: Tree, path: list[str], value: str, name: str) -> None:
    for key in path[:-1]:
        branch = tree.setdefault(key or str(len(tree)), {})
        if not isinstance(branch, dict):
            raise invalid(f"Invalid {name}: {key} is both a value and a hash", param=name)
        tree = branch
    tree[path[-1] or str(len(tree))] = value
