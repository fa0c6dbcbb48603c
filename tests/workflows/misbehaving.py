"""Workflows that do what none may."""

from temporalio import workflow


@workflow.defn
class ReadsTheClock:
    @workflow.run
    async def run(self) -> str:
        import datetime

        return str(datetime.datetime.now(datetime.UTC))


@workflow.defn(name="Housekeeping")
class AnotherHousekeeping:
    """Goes another way than the product's process of that name."""

    @workflow.run
    async def run(self, _given: object) -> None:
        await workflow.sleep(1)
