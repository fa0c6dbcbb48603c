"""`backoffice privacy verify-certificate`: a certificate is proved without a database."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from activities.certifying import PURPOSE
from cli.main import app
from domain.certificate import Certificate, document_of, file_of
from domain.ids import new_id
from gateways.settings import Settings
from gateways.signing import Signer

SIGNER = Signer(Settings.read({}).session_secret, purpose=PURPOSE)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    document = document_of({"certificate": "cert_1", "about": "del_1", "issued_at": "2026-11-21"})
    certificate = Certificate(
        id=new_id(),
        kind="organization_deletion",
        subject_id="del_1",
        organization_id=new_id(),
        user_id=None,
        document=document,
        signature=SIGNER.sign(document),
        public_key=SIGNER.public_key,
        issued_at=datetime.now(UTC),
    )
    path = tmp_path / "certificate.json"
    path.write_text(file_of(certificate))
    return path


def verify(*words: str) -> Result:
    return CliRunner().invoke(app, ["privacy", "verify-certificate", *words])


def test_an_untouched_certificate_is_proved(file: Path) -> None:
    answer = verify(str(file))
    assert (answer.exit_code, answer.output) == (0, "cert_1 about del_1 is unchanged, issued 2026-11-21\n")


def test_a_changed_certificate_ends_with_1(file: Path) -> None:
    file.write_text(file.read_text().replace("del_1", "del_2"))
    answer = verify(str(file))
    assert answer.exit_code == 1
    assert "changed after it was signed" in answer.output


def test_a_certificate_of_somebody_else_ends_with_1(file: Path) -> None:
    other = Signer("another installation's secret of length", purpose=PURPOSE).public_key
    assert "another key" in verify(str(file), "--public-key", other.hex()).output


def test_what_is_no_certificate_is_told_so(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text("{}")
    assert (verify(str(path)).exit_code, "not the file of a certificate" in verify(str(path)).output) == (
        1,
        True,
    )
