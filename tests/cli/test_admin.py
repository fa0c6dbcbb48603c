import psycopg
import pytest
from typer.testing import CliRunner

from cli.admin import ensure_development_admin
from cli.main import app
from gateways.settings import Settings

_SESSION = """
insert into sessions (token_hash, user_id, csrf_token, ip, agent, created_at, seen_at, expires_at, proved_at, method)
select 'hash', id, 'csrf', '', '', now(), now(), now() + interval '1 day', now(), 'password' from users"""
_CLIENT = """
insert into users (id, email, name, kind, created_at) values (uuidv7(), 'charlie@example.com', '', 'client', now())"""


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


def test_an_account_that_is_there_gets_a_new_password_and_nothing_else(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    words = ["admin", "create", "--email", "cleo@example.com"]
    assert CliRunner().invoke(app, [*words, "--name", "Cleo", "--contractor"]).exit_code == 0
    with psycopg.connect(database_url) as connection:
        connection.execute("update users set disabled_at = now()")
        connection.execute(_SESSION)
        before = connection.execute("select password_hash from users").fetchone()
    answer = CliRunner().invoke(app, words)
    assert (answer.exit_code, "new password" in answer.output, "is closed" in answer.output) == (
        0,
        True,
        True,
    )
    with psycopg.connect(database_url) as connection:
        found = connection.execute("select name, staff_role, disabled_at is null from users").fetchall()
        assert found == [("Cleo", "contractor", False)]
        assert connection.execute("select password_hash from users").fetchone() != before
        assert connection.execute("select count(*) from sessions where revoked_at is null").fetchone() == (0,)
        actions = connection.execute("select action from audit order by sequence").fetchall()
    assert actions == [("user.create",), ("user.password_set",)]


def test_a_clients_address_is_not_made_staff(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    with psycopg.connect(database_url) as connection:
        connection.execute(_CLIENT)
    answer = CliRunner().invoke(app, ["admin", "create", "--email", "charlie@example.com"])
    assert (answer.exit_code, "not a staff account" in answer.output) == (1, True)
