from . import api_key, backfill, cancel, connector_test, connector_test_advice, host_key, replay
