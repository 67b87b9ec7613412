from . import (
    test_clearing,
    test_confirmation,
    test_confirmation_portal,
    test_reconciliation,
    test_reconciliation_figures,
    test_statement_tours,
)
