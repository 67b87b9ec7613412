import pytest

from odoo.addons.audit_connector_base.core.brokers import route


def test_placeholders_are_filled():
    assert route.fill("audit.{type}", "invoice.posted") == "audit.invoice.posted"
    assert route.fill("books/{entity}", "invoice.posted") == "books/invoice"
    assert route.fill("books/{entity}", "package.sealed", "evidence_package") == "books/evidence_package"


@pytest.mark.parametrize("template", ["", "audit.{other}", "audit.{type", "audit type", "a\nb", "x" * 200])
def test_a_template_that_cannot_be_used_is_refused(template):
    with pytest.raises(ValueError):
        route.check(template)


@pytest.mark.parametrize("template", ["audit..{type}", ".audit", "audit.*", "audit.>", "{type}."])
def test_a_subject_has_no_empty_parts_and_no_wildcards(template):
    with pytest.raises(ValueError):
        route.check_subject(template)


def test_what_a_message_makes_of_a_template_is_checked_too():
    with pytest.raises(ValueError):
        route.fill("audit.{type}", "two words")
    with pytest.raises(ValueError):
        route.fill("{type}", "x" * 256)


@pytest.mark.parametrize(
    "template, subjects",
    [
        ("audit.{type}", ["audit.>"]),
        ("{type}", [">"]),
        ("a.b.{entity}.x", ["a.b.>"]),
        ("a.b-{type}", ["a.>"]),
        ("fixed", ["fixed"]),
    ],
)
def test_a_stream_that_is_made_stores_every_message(template, subjects):
    assert route.subjects(template) == subjects


@pytest.mark.parametrize("name", ["AUDIT", "for-odoo_1"])
def test_names_of_streams(name):
    assert route.check_name(name) == name


@pytest.mark.parametrize("name", ["a.b", "a b", "a*", "ä", ""])
def test_names_that_no_stream_has(name):
    with pytest.raises(ValueError):
        route.check_name(name)
