"""With a key, nothing of what a process remembers can be read at the server."""

import uuid
from dataclasses import replace

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.client import Client

from gateways.temporal.codec import AesGcmCodec, UnreadablePayload
from gateways.temporal.connection import data_converter
from tests.temporal import Temporal, running
from tests.workflows.errand import Errand, ErrandInput, who_acts

OLD, NEW = bytes(32), bytes(range(32))
PLAIN = Payload(metadata={"encoding": b"json/plain"}, data=b'"org_1"')


async def test_arguments_and_results_are_encrypted_in_the_history(temporal: Temporal) -> None:
    client = Client(temporal.client.service_client, data_converter=data_converter(AesGcmCodec(NEW)))
    sealed = replace(temporal, client=client)
    async with running(sealed, [Errand], [who_acts]):
        errand = await sealed.client.start_workflow(
            Errand.run, ErrandInput(), id=f"errand/{uuid.uuid4()}", task_queue=sealed.task_queue
        )
        await errand.signal(Errand.finish)
        assert await errand.result() == "met for system backoffice"
        history = (await errand.fetch_history()).to_json()
    assert "binary/encrypted" in history or "YmluYXJ5L2VuY3J5cHRlZA==" in history
    assert "system backoffice" not in history


async def test_payloads_of_an_older_key_are_still_read() -> None:
    sealed = await AesGcmCodec(OLD).encode([PLAIN])
    assert await AesGcmCodec(NEW, OLD).decode(sealed) == [PLAIN]


async def test_a_changed_payload_is_refused() -> None:
    (sealed,) = await AesGcmCodec(NEW).encode([PLAIN])
    sealed.data = sealed.data[:-1] + bytes([sealed.data[-1] ^ 1])
    with pytest.raises(UnreadablePayload, match="changed"):
        await AesGcmCodec(NEW).decode([sealed])
