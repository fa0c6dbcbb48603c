"""The application's way with links that only a mail's reader may see."""

from starlette.requests import Request

from activities.mail_secrets import MailSecrets
from domain.mail import Mail
from gateways.settings import Settings


def mail_secrets_of(request: Request) -> MailSecrets:
    """Seals the links of letters that a door writes."""
    settings: Settings = request.app.state.settings
    return MailSecrets(settings.session_secret)


def as_shown(request: Request, mail: Mail) -> Mail:
    """The mail as staff see it: with its secret link only while mail is read in the local outbox."""
    settings: Settings = request.app.state.settings
    return mail_secrets_of(request).to_show(mail, local=settings.mail.transport == "outbox")
