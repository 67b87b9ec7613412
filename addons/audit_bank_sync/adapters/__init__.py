from . import bank_file, file_pickup
