"""Pytest plugin: a warning or an error that our addons put into the Odoo log fails the test that caused it.

What a test expects does not count: inside `assertLogs` and `mute_logger` a record does not reach the root logger.

    python -m pytest -p pytest_odoo -p testing.log_watch …
"""

import logging

import pytest

from provision.odoo_log import concerns_us

OUTSIDE = "the Odoo log outside of any test"


class Watch(logging.Handler):
    """Keeps the records that concern our addons until a test is charged with them."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self._seen = []

    def emit(self, record):
        try:
            text = self.format(record)
        except Exception as error:  # a record whose arguments do not fit its text must not end the test
            text = f"{record.msg} {record.args} ({error})"
        if concerns_us(record.name, text):
            self._seen.append(f"{record.levelname} {record.name}: {text}")

    def take(self):
        """Return what was seen since the last time."""
        seen, self._seen = self._seen, []
        return seen


_watch = Watch()


def pytest_sessionstart(session):
    logging.getLogger().addHandler(_watch)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    # A setup that is failed here would keep the test itself from running: its records go to the test.
    seen = _watch.take() if call.when != "setup" or not report.passed else []
    if seen and report.failed:
        report.sections.append(("Odoo log", _text(seen)))
    elif seen:
        report.outcome = "failed"
        report.longrepr = _text(seen)
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session):
    """What nobody was charged with makes an error of its own in pytest's count."""
    logging.getLogger().removeHandler(_watch)
    seen = _watch.take()
    if seen:
        reporter = session.config.pluginmanager.get_plugin("terminalreporter")
        location = (OUTSIDE, None, OUTSIDE)
        report = pytest.TestReport(OUTSIDE, location, {}, "failed", _text(seen), "teardown")
        reporter.stats.setdefault("error", []).append(report)
        session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED


def _text(seen):
    return "Our addons put this into the Odoo log:\n\n" + "\n".join(seen)
