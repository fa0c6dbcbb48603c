"""The ways a call to the outside world may fail; every gateway raises only these."""


class Refused(Exception):
    """The other side answered no, finally: repeating the same call would be refused again.

    Attributes:
        code: A stable, machine-readable reason such as `card_declined` or `invalid_request`.
        detail: The reason in words a person can act upon.
        decline_code: The bank's own reason when a card was declined, else None.
    """

    def __init__(self, code: str, detail: str, *, decline_code: str | None = None) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.decline_code = decline_code


class Unavailable(Exception):
    """The other side could not be reached, was busy, or broke: the same call may succeed later.

    The call may or may not have had its effect; whoever moves money looks before repeating.

    Attributes:
        detail: What happened, in words.
        retry_after_seconds: How long the other side asked us to wait, or None when it did not say.
    """

    def __init__(self, detail: str, *, retry_after_seconds: float | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.retry_after_seconds = retry_after_seconds


class Unconfirmed(Exception):
    """The other side may have taken it, the answer is lost, and it can neither be asked nor told twice.

    Only mail has no key that makes a second call harmless: everywhere else this is `Unavailable`.

    Attributes:
        detail: What happened, in words.
    """

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail
