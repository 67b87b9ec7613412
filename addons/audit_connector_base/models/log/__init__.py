from . import (
    audit_log,
    checkpoint,
    entry,
    entry_of_backfill,
    inbound_entry,
    quarantine,
    reporting,
    sealer,
    signer,
    tested,
    verification,
    writing,
)
