"""The staff console: pages that call the same functions as the JSON doors."""
