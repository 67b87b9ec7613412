from . import (
    test_audit_trail,
    test_connector,
    test_delivery,
    test_file_folder,
    test_file_sftp,
    test_log,
    test_outbox,
    test_replay,
    test_security,
    test_sending,
    test_settings,
    test_tours,
)
