from . import bank_file, bank_transaction, payment_status
