"""One line per call of the API: address, the SDK's parameter type, what happens, what is simulated."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sandbox.errors import Json, StripeError, invalid
from sandbox.forms import Tree
from sandbox.params import read_params, shape_of

_ALWAYS = {"expand", "limit", "starting_after", "ending_before", "page"}


@dataclass(frozen=True)
class Route:
    """A call the sandbox answers.

    Attributes:
        method: HTTP method.
        template: Address, with `{}` for each identifier in it.
        shape: Name of the SDK's TypedDict for the parameters.
        handler: Called with the account, the parameters read, and the identifiers.
        honours: Parameters the sandbox simulates, separated by spaces. Stripe knows more; those are refused
            with a clear sentence, since ignoring one would make a test pass that must not.
    """

    method: str
    template: str
    shape: str
    handler: Callable[..., Json]
    honours: str = ""

    def match(self, method: str, path: str) -> tuple[str, ...] | None:
        """The identifiers in the address, or None when this is not the call."""
        pattern = re.escape(self.template).replace(r"\{\}", "([^/]+)")
        found = re.fullmatch(pattern, path)
        return found.groups() if found and method == self.method else None

    def read(self, raw: Tree) -> Json:
        """The parameters, typed.

        Raises:
            StripeError: Stripe would refuse them, or the sandbox does not simulate one of them.
        """
        params = read_params(shape_of(self.shape), raw)
        if unsimulated := sorted(params.keys() - _ALWAYS - set(self.honours.split())):
            raise invalid(
                f"Stripe knows the parameter {unsimulated[0]}; this sandbox does not simulate it.",
                param=unsimulated[0],
                code="not_simulated",
            )
        return params


def find_route(routes: Iterable[Route], method: str, path: str) -> tuple[Route, tuple[str, ...]]:
    """The call of that address; fixed addresses win over identifiers.

    Raises:
        StripeError: 404, as Stripe answers unknown addresses.
    """
    matches: list[tuple[Route, Any]] = [(r, m) for r in routes if (m := r.match(method, path)) is not None]
    if not matches:
        raise StripeError(
            404,
            "invalid_request_error",
            f"Unrecognized request URL ({method}: {path}). See https://docs.stripe.com",
        )
    return min(matches, key=lambda match: len(match[1]))
