from . import cancel, connector_test, replay
