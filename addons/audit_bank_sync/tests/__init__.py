from . import test_match_booking, test_match_deciding, test_match_tours
