from . import entry, entry_of_backfill
