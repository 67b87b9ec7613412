from odoo.addons.audit_connector_base.core.allowance import Allowance


def test_the_headers_of_the_draft_and_those_of_older_programs_say_the_same():
    assert Allowance(True, 49.5, 100, 600).headers() == {
        "RateLimit-Policy": '"client";q=100;w=10',
        "RateLimit": '"client";r=49;t=6',
        "RateLimit-Limit": "100",
        "RateLimit-Remaining": "49",
        "RateLimit-Reset": "6",
    }


def test_when_nothing_is_left_it_says_when_to_come_again():
    allowance = Allowance(False, 0.25, 10, 6)
    assert allowance.headers()["RateLimit-Remaining"] == "0"
    assert allowance.retry_after() == 8
    assert Allowance(False, 0.999, 10, 60000).retry_after() == 1
