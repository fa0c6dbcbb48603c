"""What a development stack is made of: which servers are ours, on which ports, and what programs are told."""

from collections.abc import Mapping
from pathlib import Path

from cli.dev.ports import Ports
from cli.dev.postgres import Postgres
from cli.dev.temporal import Temporal
from gateways.settings import SANDBOX_WEBHOOK_SECRET, Settings

POSTGRES_PORT, TEMPORAL_PORT, TEMPORAL_UI_PORT, SANDBOX_PORT = 5433, 7233, 8233, 8020


class Plan:
    """What the environment names (DATABASE_URL, TEMPORAL_ADDRESS, STRIPE_API_KEY) is used; else embedded.

    `told` are the variables every program gets beside the user's own; `settings` is what they amount to.
    """

    def __init__(self, data: Path, environ: Mapping[str, str], port: int | None, *, coloured: bool) -> None:
        self.data = data
        self._ports = Ports()
        usual_port = Settings.read(environ).api_port
        self.api_port = self._ports.insist(port) if port else self._ports.claim(usual_port)
        self.api_url = f"http://127.0.0.1:{self.api_port}"
        self.postgres = None if _named(environ, "DATABASE_URL") else self._embedded_postgres()
        self.temporal = None if _named(environ, "TEMPORAL_ADDRESS") else self._embedded_temporal()
        self.sandbox_port = None if _named(environ, "STRIPE_API_KEY") else self._ports.claim(SANDBOX_PORT)
        log_format = environ.get("BACKOFFICE_LOG_FORMAT") or ("console" if coloured else "json")
        self.told = {"BACKOFFICE_LOG_FORMAT": log_format, **self._addresses()}
        self.settings = Settings.read({**environ, **self.told})

    @property
    def sandbox_url(self) -> str | None:
        """Where the stand-in for Stripe answers; None when a real key is used."""
        return f"http://127.0.0.1:{self.sandbox_port}" if self.sandbox_port else None

    def _embedded_postgres(self) -> Postgres:
        return Postgres(self.data, self._ports.claim(POSTGRES_PORT))

    def _embedded_temporal(self) -> Temporal:
        return Temporal(self.data, self._ports.claim(TEMPORAL_PORT), self._ports.claim(TEMPORAL_UI_PORT))

    def _addresses(self) -> dict[str, str]:
        told = {"BACKOFFICE_PORT": str(self.api_port), "PYTHONUNBUFFERED": "1"}
        if self.postgres:
            told["DATABASE_URL"] = self.postgres.url()
        if self.temporal:
            told |= {"TEMPORAL_ADDRESS": self.temporal.address, "TEMPORAL_UI_URL": self.temporal.ui_url}
        if self.sandbox_url:
            told |= {"STRIPE_API_BASE": self.sandbox_url, "STRIPE_WEBHOOK_SECRETS": SANDBOX_WEBHOOK_SECRET}
        return told


def _named(environ: Mapping[str, str], name: str) -> bool:
    return bool(environ.get(name) or environ.get(f"{name}_FILE"))
