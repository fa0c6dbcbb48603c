"""An approved deletion of Acme, with its steps: imported by tests whose fixtures they are."""

import pytest

from activities.deletion_letters import DeletionLetters
from activities.deletion_steps import DeletionSteps
from activities.mail_secrets import MailSecrets
from activities.privacy_letters import PrivacyLetters
from db.engine import Database
from domain.deletion import Deletion
from tests.privacy import SENDER, House, a_house, approved, asked

__all__ = ["LETTERS", "deletion", "house", "steps"]
LETTERS = PrivacyLetters(SENDER, MailSecrets("secret"))


@pytest.fixture
async def house(database: Database) -> House:
    return await a_house(database)


@pytest.fixture
async def deletion(database: Database, house: House) -> Deletion:
    return await approved(database, house, await asked(database, house))


@pytest.fixture
def steps(database: Database) -> DeletionSteps:
    return DeletionSteps(database, DeletionLetters(LETTERS))
