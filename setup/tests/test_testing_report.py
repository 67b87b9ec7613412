"""The end of `setup/test`: what is said, and what counts as failed."""

from pathlib import Path

import pytest

from testing import report
from testing.pytest_run import Outcome
from testing.report import Report

PASSED = "===== 64 passed in 51.30s ====="
FAILED = "===== 1 failed, 63 passed in 51.30s ====="


@pytest.fixture(autouse=True)
def at_home(monkeypatch):
    monkeypatch.delenv("CI", raising=False)


def outcome(name="addons on Odoo 17.0", code=0, closing=PASSED, skipped=()):
    return Outcome(name, code, closing, 51.3, Path("addons.log"), list(skipped))


def shown(made, capsys):
    made.show()
    return capsys.readouterr().out.splitlines()


def test_it_ends_with_the_closing_line_of_every_run_as_pytest_printed_it(capsys):
    made = Report()
    made.add(outcome("lint", closing=PASSED))
    made.add(outcome("addons on Odoo 17.0", code=1, closing=FAILED))
    lines = shown(made, capsys)
    assert lines[-4:] == ["lint, log: addons.log", PASSED, "addons on Odoo 17.0 FAILED, log: addons.log", FAILED]
    assert not made.passed()


def test_all_passed_is_success():
    made = Report()
    made.add(outcome())
    assert made.passed()


def test_a_run_that_broke_before_its_closing_line_is_a_failure_that_names_its_log(capsys):
    made = Report()
    made.add(outcome(code=4, closing=""))
    assert not made.passed()
    assert "  addons on Odoo 17.0: pytest ended early (exit code 4), see addons.log" in shown(made, capsys)


def test_what_failed_outside_of_pytest_counts(capsys):
    made = Report()
    made.add(outcome())
    made.failures.append("installation on Odoo 17.0: WARNING odoo.addons.audit_evidence: deprecated")
    assert not made.passed()
    assert any("deprecated" in line for line in shown(made, capsys))


@pytest.mark.parametrize("skips", [{"skipped": ["test_tours.TestTours.test_it: Chrome executable not found"]}, {}])
def test_a_skip_is_told_at_home_and_a_failure_under_ci(skips, capsys, monkeypatch):
    made = Report()
    made.add(outcome(**skips))
    if not skips:
        made.skips.append("the tours in a browser: Chromium is not here")
    assert made.passed()
    assert "Skipped" in shown(made, capsys)
    monkeypatch.setenv("CI", "true")
    assert not made.passed()
    assert "Skipped, which counts as failed under CI" in shown(made, capsys)


@pytest.mark.parametrize("value, expected", [("true", True), ("1", True), ("false", False), ("", False)])
def test_ci_is_what_its_variable_says(value, expected, monkeypatch):
    monkeypatch.setenv("CI", value)
    assert report.under_ci() is expected


def test_it_says_which_series_ran_and_which_could_not_be_had(capsys):
    made = Report(engines={"17.0": "ODOO_HOME (/srv/odoo)"}, unavailable={"19.0": "there is no apt-get"})
    lines = shown(made, capsys)
    assert "  17.0 ran, from ODOO_HOME (/srv/odoo)" in lines
    assert "  19.0 could not be had: there is no apt-get" in lines
