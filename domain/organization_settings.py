"""What an organization decides about the data it sends us."""

from dataclasses import dataclass, replace
from typing import Literal, get_args
from uuid import UUID

from domain.email import email_spelled
from domain.errors import Invalid

PayloadRetention = Literal["retain", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationSettings:
    """`payload_retention`: whether the text of requests and responses is stored at all.

    `data_contact` is the address of whoever is responsible for data protection there, or empty.
    """

    organization_id: UUID
    payload_retention: PayloadRetention = "retain"
    data_contact: str = ""

    def checked(self) -> "OrganizationSettings":
        """The same with every field in its one spelling.

        Raises:
            Invalid: a field cannot be what it says.
        """
        if self.payload_retention not in get_args(PayloadRetention):
            raise Invalid("payload_retention: write retain or none")
        contact = self.data_contact.strip()
        return replace(self, data_contact=contact and email_spelled(contact, field="data_contact"))
