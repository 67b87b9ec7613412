from . import entry, entry_of_api, entry_of_backfill, inbound_entry, tested
