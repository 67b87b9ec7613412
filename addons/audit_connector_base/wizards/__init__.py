from . import (
    api_key,
    backfill,
    cancel,
    connector_test,
    connector_test_advice,
    destination_approval,
    host_key,
    log_change,
    replay,
    secret_rotation,
)
