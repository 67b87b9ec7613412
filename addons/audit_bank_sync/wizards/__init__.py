from . import bank_import, bank_import_account
