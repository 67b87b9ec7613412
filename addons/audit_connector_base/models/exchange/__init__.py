from . import (
    attempt,
    connector_state,
    delivery,
    drain,
    event,
    event_type,
    replay,
    retry_policy,
    settle,
    subscription,
    wake,
)
