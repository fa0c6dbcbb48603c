import socket
import subprocess
import sys

import pytest

from cli.dev.ports import Ports, PortTaken
from tests.postgres import free_port


@pytest.fixture
def taken() -> int:
    return free_port()


def test_the_usual_port_is_taken_when_it_is_free(taken: int) -> None:
    ports = Ports()
    assert ports.claim(taken) == taken
    ports.release()


def test_another_port_is_found_when_somebody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        usual = server.getsockname()[1]
        ports = Ports()
        assert ports.claim(usual) != usual
        with pytest.raises(PortTaken, match=f"port {usual} is taken"):
            ports.insist(usual)
        ports.release()


def test_two_supervisors_never_choose_the_same_port(taken: int) -> None:
    ports = Ports()
    assert ports.claim(taken) == taken
    code = f"from cli.dev.ports import Ports; print(Ports().claim({taken}))"
    said = subprocess.run([sys.executable, "-c", code], text=True, capture_output=True, check=True)
    assert int(said.stdout) != taken
    ports.release()
