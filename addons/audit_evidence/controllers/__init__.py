from . import evidence_file, portal, portal_ask, portal_request
