from . import entry, entry_of_backfill, inbound_entry, secret_entry, tested
