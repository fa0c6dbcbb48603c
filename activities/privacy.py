"""Everything that deletes, archives and erases, put together once for the worker."""

from activities.correspondence import Sender
from activities.deletion_erasing import DeletionErasing
from activities.deletion_letters import DeletionLetters
from activities.deletion_steps import DeletionSteps
from activities.erasure_steps import ErasureSteps
from activities.export_steps import ExportSteps
from activities.mail_secrets import MailSecrets
from activities.privacy_letters import PrivacyLetters
from db.engine import Database


def privacy_steps(database: Database, sender: Sender, secrets: MailSecrets) -> list[object]:
    """The steps over one database, with letters by one sender."""
    letters = PrivacyLetters(sender, secrets)
    return [
        DeletionSteps(database, DeletionLetters(letters)),
        DeletionErasing(database, letters),
        ExportSteps(database, letters),
        ErasureSteps(database, letters),
    ]
