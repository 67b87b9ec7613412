from . import test_bank_import, test_bank_posting
