"""The few search attributes every process carries; plain text at the server, so ids and stages only."""

from datetime import datetime

from temporalio.common import SearchAttributeKey

ORGANIZATION: SearchAttributeKey[str] = SearchAttributeKey.for_keyword("OrgId")
SUBJECT: SearchAttributeKey[str] = SearchAttributeKey.for_keyword("Subject")
STAGE: SearchAttributeKey[str] = SearchAttributeKey.for_keyword("Stage")
DUE: SearchAttributeKey[datetime] = SearchAttributeKey.for_datetime("Due")

ALL = (ORGANIZATION, SUBJECT, STAGE, DUE)
