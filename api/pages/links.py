"""Addresses outside the console that its pages lead to."""

from fastapi import Request

from api.temporal_link import TemporalLink


def temporal_url(request: Request, workflow_id: str) -> str:
    """A process's page in the Temporal UI, or empty while Temporal cannot be reached."""
    link: TemporalLink = request.app.state.temporal_link
    return link.temporal.link(workflow_id) if link.temporal else ""
