"""The console's menu: what there is to open, and the permission that each page needs."""

from dataclasses import dataclass

from domain.principal import Principal
from domain.roles import Permission


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of the menu; `icon` is a name of `icons/`."""

    label: str
    path: str
    icon: str
    permission: Permission


@dataclass(frozen=True, slots=True)
class Group:
    """Entries that belong together."""

    label: str
    items: tuple[Item, ...]


_GROUPS = (
    Group(
        "",
        (
            Item("Overview", "/console", "home", "console:view"),
            Item("Organizations", "/console/organizations", "building", "organizations:read"),
        ),
    ),
    Group(
        "Usage",
        (
            Item("Analytics", "/console/analytics", "chart-line", "usage:read"),
            Item("Requests", "/console/usage", "list-details", "usage:read"),
            Item("Quarantine", "/console/quarantine", "hourglass", "quarantine:read"),
            Item("Prices", "/console/prices", "tag", "prices:read"),
            Item("List prices", "/console/list-prices", "book", "costs:read"),
        ),
    ),
    Group(
        "Billing",
        (
            Item("Billing runs", "/console/billing-runs", "calendar-dollar", "billing:read"),
            Item("Invoices", "/console/invoices", "file-invoice", "invoices:read"),
            Item("Tax rates", "/console/tax-rates", "receipt", "prices:read"),
        ),
    ),
    Group(
        "Operations",
        (
            Item("Processes", "/console/processes", "route", "processes:read"),
            Item("Outbox", "/console/outbox", "mail", "outbox:read"),
            Item("Webhooks", "/console/webhooks", "webhook", "webhooks:read"),
            Item("Proofs", "/console/proofs", "scale", "books:read"),
        ),
    ),
    Group(
        "House",
        (
            Item("Audit log", "/console/audit", "history", "audit:read"),
            Item("Staff keys", "/console/api-keys", "key", "users:write"),
        ),
    ),
)


def menu_for(principal: Principal) -> tuple[Group, ...]:
    """What the principal may open."""
    groups = (
        Group(group.label, tuple(item for item in group.items if principal.can(item.permission)))
        for group in _GROUPS
    )
    return tuple(group for group in groups if group.items)


def is_current(path: str, item: Item) -> bool:
    """Whether the page at `path` belongs to this entry."""
    return path == item.path or (item.path != "/console" and path.startswith(f"{item.path}/"))
