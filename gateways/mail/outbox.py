"""Mail that stays at home: the outbox page is where it is read, in development and where there is no mail."""

from typing import Literal

from gateways.mail.letter import Delivery, Letter, checked_address, message_id


class OutboxMailer:
    """Delivers to nothing; a letter counts as delivered once its address is one."""

    transport: Literal["outbox"] = "outbox"

    def __init__(self, sender: str) -> None:
        self._sender = sender

    async def deliver(self, letter: Letter) -> Delivery:
        """Accept the letter where it is.

        Raises:
            Refused: `bad_address`.
        """
        checked_address(letter.to)
        return Delivery(message_id(letter.outbox_id, self._sender), "outbox")
