from . import (
    test_completeness,
    test_engagements,
    test_evidence,
    test_evidence_tours,
    test_portal,
    test_portal_access,
    test_portal_ask,
    test_portal_request,
    test_requests,
    test_signoffs,
)
