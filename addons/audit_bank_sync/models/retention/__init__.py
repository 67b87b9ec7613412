from . import bank_file, bank_transaction, kind_bank_file, kind_bank_transaction, sighting
