from . import (
    test_audit_trail,
    test_connector,
    test_delivery,
    test_inbound_gateway,
    test_inbound_schemes,
    test_inbound_work,
    test_log,
    test_outbox,
    test_security,
    test_settings,
    test_tours,
)
