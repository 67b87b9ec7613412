from . import (
    test_confirmation,
    test_confirmation_portal,
    test_reconciliation,
    test_reconciliation_figures,
)
