from . import (
    test_completeness,
    test_engagements,
    test_evidence,
    test_portal,
    test_requests,
    test_signoffs,
)
