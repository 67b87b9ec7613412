from . import (
    test_audit_trail,
    test_connector,
    test_connector_test,
    test_delivery,
    test_log,
    test_outbox,
    test_rest,
    test_rest_login,
    test_security,
    test_settings,
    test_tours,
    test_webhook,
)
