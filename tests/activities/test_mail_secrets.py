"""Links for the reader's eyes only: in the letter that leaves, and nowhere else."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from activities.mail_secrets import HIDDEN, REMOVED, MailSecrets
from activities.mails import MailPump, send_again
from db import mails
from db.engine import Database
from domain.audit import SYSTEM
from domain.errors import WrongState
from domain.mail import READERS_LINK, Mail
from gateways.mail import OutboxMailer
from tests.activities.test_mails import Postman, mail_of

SECRETS = MailSecrets("a secret of the installation, long enough")
LINK = "https://console.example/invite/only-for-alice"
NOW = datetime.now(UTC) - timedelta(seconds=1)


async def queued(database: Database, *, secrets: MailSecrets = SECRETS) -> UUID:
    async with database.begin() as tx:
        return await mails.queue(
            tx,
            key="invite:1:1",
            kind="invite",
            organization_id=None,
            subject_id="",
            recipient="alice@example.com",
            subject="You are invited",
            text=f"Open {READERS_LINK}",
            html=f'<a href="{READERS_LINK}">Open</a> or {READERS_LINK}',
            secret=secrets.sealed(LINK, key="invite:1:1"),
            now=NOW,
        )


async def sent(database: Database, mail_id: UUID, postman: Postman) -> Mail:
    await MailPump(database, postman, SECRETS).run_once()
    return await mail_of(database, mail_id)


async def test_only_the_letter_that_leaves_has_the_link(database: Database) -> None:
    mail_id, postman = await queued(database), Postman()
    async with database.begin() as tx:
        stored = (await tx.execute(text("select mails::text from mails"))).scalar_one()
    mail = await sent(database, mail_id, postman)
    assert LINK not in stored
    assert (postman.taken[0].text, postman.taken[0].html.count(LINK)) == (f"Open {LINK}", 2)
    assert (mail.sealed_secret, SECRETS.to_show(mail, local=True).text) == (None, f"Open {REMOVED}")


async def test_a_removed_link_cannot_be_sent_again(database: Database) -> None:
    mail_id = await queued(database)
    await sent(database, mail_id, Postman())
    async with database.begin() as tx:
        with pytest.raises(WrongState, match="send a new invitation"):
            await send_again(tx, mail_id=mail_id, actor=SYSTEM, now=NOW)


async def test_the_local_outbox_keeps_the_link_also_for_a_copy(database: Database) -> None:
    mail_id = await queued(database)
    await MailPump(database, OutboxMailer("b@example.com"), SECRETS).run_once()
    async with database.begin() as tx:
        copy = await send_again(tx, mail_id=mail_id, actor=SYSTEM, now=NOW)
    assert SECRETS.to_show(copy, local=True).text == f"Open {LINK}"


async def test_where_mail_leaves_nobody_else_is_shown_the_link_that_waits(database: Database) -> None:
    mail = SECRETS.to_show(await mail_of(database, await queued(database)), local=False)
    assert (mail.text, mail.html) == (f"Open {HIDDEN}", f'<a href="#">Open</a> or {HIDDEN}')


async def test_a_link_sealed_under_another_secret_fails_its_mail(database: Database) -> None:
    mail_id, postman = await queued(database, secrets=MailSecrets("another")), Postman()
    mail = await sent(database, mail_id, postman)
    assert (mail.state, postman.taken, "another secret" in mail.last_error) == ("failed", [], True)
