"""A workflow whose module brings a library along that nobody passed through."""

import jinja2
from temporalio import workflow


@workflow.defn
class ImportsPages:
    @workflow.run
    async def run(self) -> str:
        return jinja2.__name__
