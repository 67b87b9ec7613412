from . import (
    test_bank_api_consent,
    test_bank_api_fetch,
    test_bank_api_windows,
    test_bank_bad_files,
    test_bank_fetching,
    test_bank_identity,
    test_bank_import,
    test_bank_pickup,
    test_bank_posting,
    test_bank_tours,
)
from . import test_match_booking, test_match_deciding, test_match_tours
