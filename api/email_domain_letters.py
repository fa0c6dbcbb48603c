"""The letter that asks whoever looks after a domain whether it belongs to an organization."""

from datetime import datetime

from starlette.requests import Request

from api.account_letters import correspondents, post, public_url
from db import organizations
from db.engine import Tx
from domain.email_domain import EmailDomain
from domain.ids import show
from domain.letters import DomainConfirmation
from domain.mail import READERS_LINK
from domain.user import token_hash


async def write_to(
    tx: Tx, request: Request, domain: EmailDomain, *, asked_by: str, address: str, token: str, ends: datetime
) -> None:
    """Queues the letter; its link is sealed until it leaves."""
    organization = await organizations.get(tx, organization_id=domain.organization_id)
    facts = DomainConfirmation(
        who=correspondents(request, organization.name),
        domain=domain.name,
        asked_by=asked_by,
        link=READERS_LINK,
        expires_at=ends,
    )
    await post(
        tx,
        request,
        kind="domain_confirmation",
        facts=facts,
        to=address,
        key=f"domain_confirmation:{show('dom', domain.id)}:{token_hash(token).hex()[:16]}",
        link=f"{public_url(request)}/sign-on/domains/{token}",
        organization_id=domain.organization_id,
    )
