from . import evidence_add, reason, signoff_give
