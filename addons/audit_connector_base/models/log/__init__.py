from . import entry, entry_of_backfill, entry_of_contract, inbound_entry, tested
