"""The menus of console and portal: what there is to open, and the permission that each page needs."""

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
            Item("Overview", "/console", "home", "costs:read"),
            Item("Organizations", "/console/organizations", "building", "organizations:read"),
            Item("Projects", "/console/projects", "folder", "projects:read"),
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
            Item("Payments", "/console/payments", "credit-card", "payments:read"),
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
            Item("Deletions", "/console/deletions", "trash", "deletions:approve"),
            Item("Staff", "/console/staff", "users", "users:write"),
            Item("Staff keys", "/console/api-keys", "key", "users:write"),
            Item("Permissions", "/console/permissions", "lock", "members:read"),
        ),
    ),
)


_PORTAL = (
    Group("", (Item("Overview", "/portal", "home", "portal:view"),)),
    Group(
        "Usage and billing",
        (
            Item("Usage", "/portal/usage", "chart-line", "usage:read"),
            Item("Wallet", "/portal/wallet", "wallet", "wallet:read"),
            Item("Invoices", "/portal/invoices", "file-invoice", "invoices:read"),
        ),
    ),
    Group(
        "People",
        (
            Item("Members", "/portal/members", "users", "members:read"),
            Item("Departments", "/portal/departments", "building", "departments:read"),
            Item("Projects", "/portal/projects", "folder", "projects:read"),
        ),
    ),
    Group(
        "Access",
        (
            Item("API keys", "/portal/api-keys", "key", "keys:manage"),
            Item("Audit log", "/portal/audit", "history", "audit:read"),
        ),
    ),
    Group("", (Item("Settings", "/portal/settings", "settings", "organizations:read"),)),
)


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around a page: the console's or the portal's name, home and menu."""

    name: str
    home: str
    groups: tuple[Group, ...]


_CONSOLE_FRAME = Frame("Console", "/console", _GROUPS)
_PORTAL_FRAME = Frame("Portal", "/portal", _PORTAL)
# For who is signed in without an organization: there is nothing but their own account.
_ALONE = (
    Item("Organizations", "/account/organizations", "building", "sessions:own"),
    Item("Your data", "/account/privacy", "download", "sessions:own"),
)
_ALONE_FRAME = Frame("Portal", "/account/organizations", (Group("", _ALONE),))


def frame_for(principal: Principal) -> Frame:
    """The console for staff, the portal for clients, with what the principal may open."""
    if principal.belongs_nowhere:
        return _ALONE_FRAME
    whole = _CONSOLE_FRAME if principal.can("console:view") else _PORTAL_FRAME
    groups = (
        Group(group.label, tuple(item for item in group.items if principal.can(item.permission)))
        for group in whole.groups
    )
    shown = tuple(group for group in groups if group.items)
    return Frame(whole.name, shown[0].items[0].path if shown else whole.home, shown)


def is_current(path: str, item: Item) -> bool:
    """Whether the page at `path` belongs to this entry."""
    below = item.path not in ("/console", "/portal") and path.startswith(f"{item.path}/")
    return path == item.path or below
