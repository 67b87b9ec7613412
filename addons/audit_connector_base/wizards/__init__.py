from . import (
    api_key,
    backfill,
    cancel,
    connector_test,
    connector_test_advice,
    destination_approval,
    exchange_defaults,
    host_key,
    log_change,
    log_witness,
    replay,
    secret_rotation,
)
