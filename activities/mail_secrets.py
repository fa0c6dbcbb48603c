"""Links in letters that only the reader may see: password resets, confirmations, invitations.

Whoever writes such a letter puts READERS_LINK where the link goes and hands `sealed(link, key=…)` to
`db.mails.queue(secret=…)`. The link is put in its place when the letter is handed to the transport.
"""

from domain.mail import Mail
from gateways.errors import Refused
from gateways.sealing import Seal

REMOVED = "(the link was removed when this letter left)"
HIDDEN = "(this link is for the reader only)"


class MailSecrets:
    """Seals links into stored mails and opens them again; `secret` is the installation's."""

    def __init__(self, secret: str) -> None:
        self._seal = Seal(secret, purpose="links in mails")

    def sealed(self, link: str, *, key: str) -> str:
        """The link as it is stored beside the mail with this key."""
        return self._seal.close(link, place=_place(key))

    def to_send(self, mail: Mail) -> Mail:
        """The letter as its reader gets it.

        Raises:
            Refused: `secret_unreadable`: the link was sealed under another secret.
        """
        if mail.sealed_secret is None:
            return mail
        link = self._seal.opened(mail.sealed_secret, place=_place(mail.key))
        if link is None:
            raise Refused("secret_unreadable", "its link was sealed under another secret; send a new one")
        return mail.with_link(link)

    def to_show(self, mail: Mail, *, local: bool) -> Mail:
        """The letter as staff see it: with its link only where mail is read in the `local` outbox itself."""
        if mail.sealed_secret is None:
            return mail.without_link(REMOVED) if mail.secret_removed_at else mail
        link = self._seal.opened(mail.sealed_secret, place=_place(mail.key)) if local else None
        return mail.without_link(HIDDEN) if link is None else mail.with_link(link)


def _place(key: str) -> str:
    """What a link is sealed for: a mail and its copies."""
    return key.partition(":again:")[0]
