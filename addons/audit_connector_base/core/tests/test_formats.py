import pytest

from odoo.addons.audit_connector_base.core.formats import in_utc


@pytest.mark.parametrize(
    "text, expected",
    [
        ("2026-03-31T09:30:00Z", "2026-03-31T09:30:00Z"),
        ("2026-03-31T09:30:00+02:00", "2026-03-31T07:30:00Z"),
        ("2026-12-31T22:30:00.125-05:30", "2027-01-01T04:00:00.125Z"),
        ("0001-01-01T00:00:00-00:01", "0001-01-01T00:01:00Z"),
    ],
)
def test_a_moment_is_the_same_in_utc(text, expected):
    assert in_utc(text) == expected


@pytest.mark.parametrize(
    "text",
    ["2026-03-31", "2026-02-30T00:00:00Z", "2026-03-31T09:30:00", "0001-01-01T00:00:00+00:01",
     "9999-12-31T23:59:59-00:01", "", None, 5],
)  # fmt: skip
def test_what_is_no_moment_of_the_calendar_is_refused(text):
    with pytest.raises(ValueError, match="is no date and time|outside of the calendar"):
        in_utc(text)
