from . import (
    test_completeness,
    test_engagements,
    test_evidence,
    test_evidence_tours,
    test_portal,
    test_requests,
    test_signoffs,
)
