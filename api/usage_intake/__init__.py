"""The way in for usage: decode, check each record, hand over, answer after the commit."""

from api.usage_intake.route import router

__all__ = ["router"]
