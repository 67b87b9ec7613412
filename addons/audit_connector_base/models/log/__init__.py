from . import (
    audit_log,
    checkpoint,
    entry,
    entry_of_backfill,
    entry_of_contract,
    inbound_entry,
    quarantine,
    reporting,
    sealer,
    signer,
    tested,
    writing,
)
