from . import backfill, cancel, connector_test, connector_test_advice, host_key, replay
