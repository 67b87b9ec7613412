from . import (
    entry,
    entry_of_backfill,
    entry_of_configuration,
    entry_of_identity,
    inbound_entry,
    secret_entry,
    tested,
)
