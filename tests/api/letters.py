"""Letters as their readers get them, with the links that nobody else sees."""

from urllib.parse import parse_qs, urlsplit

from fastapi import FastAPI
from sqlalchemy import select

from activities.mail_secrets import MailSecrets
from db.mail_table import mail_from, mails
from domain.mail import Mail


async def letters_to(app: FastAPI, email: str, kind: str | None = None) -> list[Mail]:
    """What an address got, the newest first."""
    query = select(*mails.c).where(mails.c.recipient == email).order_by(mails.c.id.desc())
    if kind is not None:
        query = query.where(mails.c.kind == kind)
    secrets = MailSecrets(app.state.settings.session_secret)
    async with app.state.database.begin() as tx:
        return [secrets.to_send(mail_from(row)) for row in await tx.execute(query)]


async def subjects_to(app: FastAPI, email: str) -> list[str]:
    """What the letters were about, the newest first."""
    return [letter.subject for letter in await letters_to(app, email)]


async def token_to(app: FastAPI, email: str, kind: str) -> str:
    """The token of the link in the newest such letter."""
    letter = (await letters_to(app, email, kind))[0]
    link = next(word for word in letter.text.split() if "token=" in word)
    return parse_qs(urlsplit(link).query)["token"][0]
