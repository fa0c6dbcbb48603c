"""Temporal: the client, who acted, the codec, search attributes, schedules and what is running."""
