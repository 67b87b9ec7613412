from odoo.addons.audit_connector_base.core.domains import any_of, field_from, normalized

A, B, C = ("a", "=", 1), ("b", "=", 2), ("c", "=", 3)


def test_what_is_implied_is_written_out():
    assert normalized([A]) == [A]
    assert normalized([A, B, C]) == ["&", "&", A, B, C]
    assert normalized(["|", A, B, C]) == ["&", "|", A, B, C]
    assert normalized(["!", A, B]) == ["&", "!", A, B]


def test_any_of_keeps_each_domain_whole():
    assert any_of([[A, B], [C]]) == ["|", "&", A, B, C]
    assert any_of([[A], ["|", B, C], [A, "!", C]]) == ["|", "|", A, "|", B, C, "&", A, "!", C]


def test_a_domain_without_conditions_lets_everything_through():
    assert any_of([[A], []]) == []


def test_the_field_of_a_period_is_found():
    assert field_from([A, ("date", ">=", "2026-01-01"), ("date", "<=", "2026-12-31")], "id") == "date"
    assert field_from(["|", A, B], "create_date") == "create_date"
