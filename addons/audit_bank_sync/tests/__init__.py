from . import (
    test_bank_api_consent,
    test_bank_api_fetch,
    test_bank_api_windows,
    test_bank_import,
    test_bank_posting,
)
