from . import portal_entry, signed_off

# isort: split
from . import engagement, request  # are signed off

# isort: split
from . import (
    access_of_auditor,
    comparisons,
    entry_of_evidence,
    evidence,
    evidence_file,
    portal_of_auditor,
    request_document,
    request_rules,
    request_steps,
    signoff,
    source_audit_case,
)
