from . import test_bank_api_consent, test_bank_api_fetch
