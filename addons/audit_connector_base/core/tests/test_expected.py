from datetime import datetime, timedelta, timezone

from odoo.addons.audit_connector_base.core.expected import Expected


def test_a_moment_is_ahead_until_it_has_come_or_is_forgotten():
    expected, now = Expected(), datetime.now(timezone.utc).replace(tzinfo=None)
    assert not expected.is_ahead("one")
    expected.set("one", now + timedelta(minutes=1))
    expected.set("two", now)
    assert expected.is_ahead("one")
    assert not expected.is_ahead("two")
    expected.forget("one")
    assert not expected.is_ahead("one")
