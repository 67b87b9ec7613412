from . import evidence_file, portal
