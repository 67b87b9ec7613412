from . import (
    test_inbound_gateway,
    test_audit_trail,
    test_connector,
    test_delivery,
    test_log,
    test_outbox,
    test_security,
    test_settings,
    test_tours,
)
