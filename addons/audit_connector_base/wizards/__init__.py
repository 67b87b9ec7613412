from . import cancel, connector_test, connector_test_advice, replay
