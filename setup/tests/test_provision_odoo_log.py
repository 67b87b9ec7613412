"""What of an Odoo log is a complaint about our addons."""

from types import SimpleNamespace

import pytest

from provision import cache, odoo_log
from provision.suite import REPOSITORY
from testing.house import House

AT = "2026-03-31 12:00:00,123 4242"


@pytest.fixture
def complaints(tmp_path):
    """The complaints found in a log that holds `lines`."""

    def read(*lines):
        log = tmp_path / "odoo.log"
        log.write_text("\n".join(lines) + "\n")
        return odoo_log.warnings_of_ours(log)

    return read


@pytest.mark.parametrize(
    "line",
    [
        "WARNING db odoo.addons.audit_evidence.models.request: something odd",
        "ERROR db odoo.sql_db: bad query: INSERT INTO audit_log_entry",
        "CRITICAL ? odoo.modules.module: Couldn't load module audit_bank_sync",
        "WARNING db odoo.models: audit.request.create() includes unknown fields",
        "WARNING ? py.warnings: /srv/addons/audit_evidence/models/request.py:7: DeprecationWarning: use that",
    ],
)
def test_a_complaint_that_names_us_is_found(complaints, line):
    assert complaints(f"{AT} INFO db odoo: before", f"{AT} {line}") == [line.replace(" db ", " ").replace(" ? ", " ")]


def test_a_traceback_through_our_files_is_found_with_its_lines(complaints):
    (found,) = complaints(
        f"{AT} ERROR db odoo.http: Exception during request handling.",
        "Traceback (most recent call last):",
        '  File "/srv/addons/audit_evidence/controllers/portal.py", line 12, in home',
        "ZeroDivisionError: division by zero",
        f"{AT} INFO db werkzeug: GET / 500",
    )
    assert found.endswith("ZeroDivisionError: division by zero")


@pytest.mark.parametrize(
    "line",
    [
        "INFO db odoo.addons.audit_evidence.models.request: all is well",
        "WARNING db odoo.models: res.partner.create() includes unknown fields",
        "WARNING audit_test odoo.sql_db: the database audit_test is slow",
        f"ERROR db odoo.http: Exception in {REPOSITORY}/elsewhere.py",
    ],
)
def test_what_is_no_complaint_or_not_ours_is_left_alone(complaints, line):
    assert complaints(f"{AT} {line}") == []


def test_the_way_that_led_to_a_librarys_warning_does_not_count(complaints):
    said = f"{AT} WARNING ? py.warnings: /venv/vobject/base.py:7: DeprecationWarning: invalid escape sequence"
    assert complaints(said, '  File "/srv/addons/audit_evidence/__init__.py", line 1, in <module>') == []


def test_where_the_checkout_and_the_cache_lie_does_not_count(complaints, monkeypatch, tmp_path):
    monkeypatch.setattr(odoo_log, "REPOSITORY", tmp_path / "audit_suite")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "audit_cache"))
    for folder in (tmp_path / "audit_suite", cache.root()):
        assert complaints(f"{AT} ERROR db odoo.http: in {folder}/web/home.py") == []
        assert complaints(f"{AT} ERROR db odoo.http: in {folder}/addons/audit_evidence/home.py")


def test_a_house_lets_pass_what_its_test_expects(tmp_path):
    log = tmp_path / "odoo.log"
    log.write_text(
        f"{AT} WARNING db odoo.addons.audit_evidence.x: the archive is down\n"
        f"{AT} ERROR db odoo.addons.audit_evidence.x: it broke\n"
    )
    house = House("http://x", "db", None, None, SimpleNamespace(log=log), {}, {}, tmp_path, ())
    assert len(house.complaints()) == 2
    house.expect_in_log("archive is down")
    assert house.complaints() == ["ERROR odoo.addons.audit_evidence.x: it broke"]
