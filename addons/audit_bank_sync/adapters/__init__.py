from . import bank_file, bank_psd2, enable_banking, file_pickup, told
