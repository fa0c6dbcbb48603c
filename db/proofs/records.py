"""Warnings about what waits too long to be told or to be heard: intents, events of providers."""

from db.proofs.proof import Proof

INTENTS_DELIVERED = Proof(
    name="intents_are_delivered",
    says="What a committed fact wants of a process is delivered within five minutes",
    kind="warning",
    sql="""
    select key as subject_id, organization_id,
           case when parked_at is not null then format('parked after %s attempts: %s', attempts, last_error)
                else format('waits since %s after %s attempts: %s', created_at, attempts, last_error) end as detail
      from intents
     where delivered_at is null and (parked_at is not null or created_at < now() - interval '5 minutes')
       and due_at < now() + interval '10 minutes'
     order by 1 limit :most""",
)

EVENTS_HANDLED = Proof(
    name="events_are_handled",
    says="What a provider told is handled within an hour; nothing is parked",
    kind="warning",
    sql="""
    select source || '/' || event_id as subject_id, null::uuid as organization_id,
           format(case state when 'parked' then '%s is parked after %s attempts: %s'
                             else '%s waits after %s attempts: %s' end, kind, attempts, last_error) as detail
      from webhooks
     where state = 'parked' or state = 'received' and received_at < now() - interval '1 hour'
     order by 1 limit :most""",
)

PROOFS = (INTENTS_DELIVERED, EVENTS_HANDLED)
