import psycopg
import pytest
from typer.testing import CliRunner

from cli.admin import ensure_development_admin
from cli.main import app
from gateways.settings import Settings


def test_the_development_admin_is_the_same_at_every_start(database_url: str) -> None:
    settings = Settings.read({"DATABASE_URL": database_url})
    assert ensure_development_admin(settings) == ensure_development_admin(settings)
    with psycopg.connect(database_url) as connection:
        assert connection.execute("select count(*) from api_keys").fetchone() == (1,)
        assert connection.execute("select count(*) from audit").fetchone() == (2,)


def test_an_admin_is_created_with_a_password_that_is_shown_once(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    answer = CliRunner().invoke(app, ["admin", "create", "--email", "Stella@Example.com", "--name", "Stella"])
    assert answer.exit_code == 0, answer.output
    assert "with the password" in answer.output
    with psycopg.connect(database_url) as connection:
        found = connection.execute("select email, staff_role from users").fetchall()
    assert found == [("stella@example.com", "admin")]


def test_a_short_password_is_refused_with_the_remedy(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    words = ["admin", "create", "--email", "stella@example.com", "--password", "short"]
    answer = CliRunner().invoke(app, words)
    assert (answer.exit_code, "12 to 200" in answer.output) == (1, True)
