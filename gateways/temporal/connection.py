"""One connection to Temporal, the same for doors, worker, tests and replay."""

import dataclasses
from dataclasses import dataclass

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import DataConverter
from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig
from temporalio.service import RPCError

from gateways.errors import Unavailable
from gateways.settings import Temporal as TemporalSettings
from gateways.temporal.actors import ActorInterceptor
from gateways.temporal.codec import AesGcmCodec


@dataclass(frozen=True, slots=True)
class Temporal:
    """A connected client and the names it uses; `ui_url` is where people look at processes."""

    client: Client
    task_queue: str = "backoffice-core"
    ui_url: str = ""
    codec: AesGcmCodec | None = None

    @property
    def batch_queue(self) -> str:
        """The queue for long set-based steps, which must not crowd out the short ones."""
        return f"{self.task_queue.removesuffix('-core')}-batch"

    def link(self, workflow_id: str, run_id: str = "") -> str:
        """The process's page in the Temporal UI, or empty when no UI is known."""
        if not self.ui_url:
            return ""
        path = f"{self.ui_url}/namespaces/{self.client.namespace}/workflows/{workflow_id.replace('/', '%2F')}"
        return f"{path}/{run_id}/history" if run_id else path


def data_converter(codec: AesGcmCodec | None = None) -> DataConverter:
    """How arguments and results are written: pydantic's JSON, encrypted when there is a codec."""
    return dataclasses.replace(pydantic_data_converter, payload_codec=codec)


async def connect(
    settings: TemporalSettings, *, payload_key: bytes | None = None, metrics_port: int | None = None
) -> Temporal:
    """Connects once; `metrics_port` serves the SDK's own Prometheus figures on all addresses.

    Raises:
        Unavailable: Temporal cannot be reached.
    """
    codec = AesGcmCodec(payload_key) if payload_key else None
    try:
        client = await Client.connect(
            settings.address,
            namespace=settings.namespace,
            api_key=settings.api_key,
            tls=settings.tls,
            data_converter=data_converter(codec),
            interceptors=[ActorInterceptor()],
            runtime=_runtime(metrics_port),
        )
    except (RPCError, RuntimeError) as error:
        raise Unavailable(f"Temporal at {settings.address} cannot be reached: {error}") from error
    return Temporal(client, f"{settings.task_queue_prefix}-core", settings.ui_url or "", codec)


def _runtime(metrics_port: int | None) -> Runtime:
    prometheus = None
    if metrics_port is not None:
        prometheus = PrometheusConfig(
            bind_address=f"0.0.0.0:{metrics_port}",
            durations_as_seconds=True,
            unit_suffix=True,
            counters_total_suffix=True,
        )
    # No heartbeats of idle workers: they make one clean exit in five abort (temporalio/sdk-python#300).
    return Runtime(telemetry=TelemetryConfig(metrics=prometheus), worker_heartbeat_interval=None)
