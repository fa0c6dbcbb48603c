"""Usage records: taken in by `intake`, read by `records` and `payloads`."""
