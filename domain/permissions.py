"""What can be permitted, and who holds it: one fixed matrix for people and for API keys.

A permission that no client role holds is for staff only: no organization key can ever carry it, so prices,
provider costs and the operators' tools stay inside the house.
"""

from dataclasses import dataclass
from typing import Literal

Permission = Literal[
    "organizations:read",
    "organizations:write",
    "organizations:create",
    "organizations:suspend",
    "projects:read",
    "projects:write",
    "departments:read",
    "departments:write",
    "members:read",
    "members:write",
    "keys:manage",
    "sessions:own",
    "portal:view",
    "sign-on:write",
    "settings:write",
    "privacy:read",
    "privacy:write",
    "deletions:request",
    "deletions:approve",
    "holds:write",
    "users:write",
    "assignments:write",
    "usage:read",
    "usage:write",
    "payloads:read",
    "memory:read",
    "memory:write",
    "collected-data:read",
    "webhook-endpoints:read",
    "webhook-endpoints:write",
    "bots:read",
    "bots:write",
    "widget:chat",
    "providers:read",
    "providers:write",
    "files:read",
    "files:write",
    "quarantine:read",
    "quarantine:release",
    "costs:read",
    "prices:read",
    "prices:write",
    "wallet:read",
    "wallet:write",
    "gifts:write",
    "billing:read",
    "billing:write",
    "invoices:read",
    "invoices:write",
    "payments:read",
    "payments:write",
    "settlements:read",
    "settlements:write",
    "tickets:read",
    "tickets:write",
    "tickets:approve",
    "processes:read",
    "processes:steer",
    "outbox:read",
    "outbox:write",
    "webhooks:read",
    "webhooks:write",
    "books:read",
    "audit:read",
    "audit:verify",
    "console:view",
]
Role = Literal["owner", "admin", "member", "viewer", "staff", "contractor"]
ByKey = Literal["read", "write", "explicit", "never"]

CLIENT_ROLES: tuple[Role, ...] = ("owner", "admin", "member", "viewer")
STAFF_ROLES: tuple[Role, ...] = ("staff", "contractor")
_ROLE_LETTERS: dict[str, Role] = {
    "O": "owner",
    "A": "admin",
    "M": "member",
    "V": "viewer",
    "S": "staff",
    "C": "contractor",
}


@dataclass(frozen=True, slots=True)
class Grant:
    """Who holds a permission, and which kind of API-key scope carries it.

    `by_key`: `read` and `write` come with the broad scopes, `explicit` only when named, `never` not at all.
    """

    meaning: str
    roles: frozenset[Role]
    by_key: ByKey

    @property
    def staff_only(self) -> bool:
        """True when no client role holds it."""
        return self.roles.isdisjoint(CLIENT_ROLES)


def _grant(letters: str, by_key: ByKey, meaning: str) -> Grant:
    """A row of the matrix; letters as in `_ROLE_LETTERS`."""
    return Grant(meaning, frozenset(_ROLE_LETTERS[letter] for letter in letters), by_key)


MATRIX: dict[Permission, Grant] = {
    "organizations:read": _grant("OAMVSC", "read", "see an organization's profile"),
    "organizations:write": _grant("OAS", "write", "change an organization's profile"),
    "organizations:create": _grant("S", "write", "open a client organization"),
    "organizations:suspend": _grant("S", "write", "suspend an organization and lift it"),
    "projects:read": _grant("OAMVSC", "read", "see projects"),
    "projects:write": _grant("OAS", "write", "open and change projects"),
    "departments:read": _grant("OAMVSC", "read", "see departments"),
    "departments:write": _grant("OAS", "write", "open, rename and close departments"),
    "members:read": _grant("OAMVSC", "read", "see who belongs to an organization"),
    "members:write": _grant("OAS", "explicit", "invite, change and remove members"),
    "keys:manage": _grant("OAS", "never", "create, rotate, revoke and list API keys"),
    "sessions:own": _grant("OAMVSC", "never", "see and end one's own sessions"),
    "portal:view": _grant("OAMV", "never", "open the client portal"),
    "sign-on:write": _grant("OS", "never", "set up single sign-on and prove domains"),
    "settings:write": _grant("OAS", "write", "change an organization's settings"),
    "privacy:read": _grant("OAS", "read", "see exports, erasures and certificates of an organization"),
    "privacy:write": _grant("OS", "never", "ask for an organization's export or erasure"),
    "deletions:request": _grant("OS", "never", "ask for an organization's deletion, and take it back"),
    "deletions:approve": _grant("S", "never", "approve or refuse a deletion somebody else asked for"),
    "holds:write": _grant("S", "never", "place and lift legal holds"),
    "users:write": _grant("S", "never", "open and change staff accounts, make staff keys"),
    "assignments:write": _grant("S", "never", "assign contractors to organizations"),
    "usage:read": _grant("OAMVSC", "read", "see usage records and analytics"),
    "usage:write": _grant("OAMS", "write", "report usage"),
    "payloads:read": _grant("OAS", "explicit", "read the text of requests and responses"),
    "memory:read": _grant("OAS", "explicit", "read what bots remember"),
    "memory:write": _grant("OAS", "explicit", "change what bots remember"),
    "collected-data:read": _grant("OAS", "explicit", "read the data that bots collected"),
    "webhook-endpoints:read": _grant("OAS", "explicit", "see the endpoints events are sent to"),
    "webhook-endpoints:write": _grant("OAS", "explicit", "change the endpoints events are sent to"),
    "bots:read": _grant("OAMVSC", "read", "see bots"),
    "bots:write": _grant("OAS", "write", "create, configure and steer bots"),
    "widget:chat": _grant(
        "OAS", "explicit", "talk to a bot from a web page: the one scope of publishable keys"
    ),
    "providers:read": _grant("OAS", "read", "see provider credentials, without their secrets"),
    "providers:write": _grant("OAS", "explicit", "change provider credentials"),
    "files:read": _grant("OAMVSC", "read", "see and download files"),
    "files:write": _grant("OAMS", "write", "upload and remove files"),
    "quarantine:read": _grant("S", "read", "see usage waiting for a price, and its value"),
    "quarantine:release": _grant("S", "write", "price and debit quarantined usage"),
    "costs:read": _grant("S", "read", "see provider costs and margins"),
    "prices:read": _grant("S", "read", "see the price book"),
    "prices:write": _grant("S", "write", "add price versions"),
    "wallet:read": _grant("OAMVSC", "read", "see balance and statement"),
    "wallet:write": _grant("OAS", "explicit", "buy credits, set auto-recharge"),
    "gifts:write": _grant("S", "write", "give credits"),
    "billing:read": _grant("S", "read", "see billing runs"),
    "billing:write": _grant("S", "write", "start and steer billing runs"),
    "invoices:read": _grant("OAMVSC", "read", "see, download and explain invoices"),
    "invoices:write": _grant("S", "write", "void invoices, issue credit notes"),
    "payments:read": _grant("OAMVSC", "read", "see payments and saved means of payment"),
    "payments:write": _grant("OAS", "explicit", "pay an invoice, change the means of payment"),
    "settlements:read": _grant("S", "read", "see bank settlements"),
    "settlements:write": _grant("S", "write", "confirm and return bank settlements"),
    "tickets:read": _grant("OAMVSC", "read", "see tickets"),
    "tickets:write": _grant("OAMSC", "write", "open and answer tickets"),
    "tickets:approve": _grant("S", "write", "approve, reject and resolve tickets"),
    "processes:read": _grant("S", "read", "see what long-running processes wait for"),
    "processes:steer": _grant("S", "write", "pause, resume, skip a wait of, and cancel processes"),
    "outbox:read": _grant("S", "read", "read mails sent and waiting"),
    "outbox:write": _grant("S", "write", "send a mail again"),
    "webhooks:read": _grant("S", "read", "see the inbox of provider events"),
    "webhooks:write": _grant("S", "write", "replay provider events"),
    "books:read": _grant("S", "read", "see the proofs of the books"),
    "audit:read": _grant("OAS", "read", "see and export the audit log"),
    "audit:verify": _grant("S", "read", "verify the chain of the audit log"),
    "console:view": _grant("SC", "never", "open the staff console"),
}
