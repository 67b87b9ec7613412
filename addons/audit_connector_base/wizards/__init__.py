from . import connector_test
