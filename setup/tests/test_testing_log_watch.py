"""A warning of our addons in the Odoo log fails the test that caused it, and nothing else does."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SETUP = Path(__file__).resolve().parents[1]

HEAD = """
import logging, threading, unittest
ours = logging.getLogger("odoo.addons.audit_evidence.models.request")
theirs = logging.getLogger("odoo.models")
"""


def run(folder, body):
    """Run the tests of `body` under the plugin; returns the exit code and the output."""
    (folder / "test_it.py").write_text(HEAD + body)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "testing.log_watch", "-p", "no:cacheprovider", "test_it.py"]
    environment = {**os.environ, "PYTHONPATH": str(SETUP), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    ended = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    return ended.returncode, ended.stdout


@pytest.mark.parametrize(
    "statement",
    [
        'ours.warning("something odd")',
        'ours.error("it broke")',
        'theirs.warning("The field audit.request.name has no label")',
        'theirs.critical("Failed to load module audit_bank_sync")',
        'logging.getLogger("odoo.http").error("POST /audit/v1/events failed")',
        'thread = threading.Thread(target=ours.warning, args=("from a request",)); thread.start(); thread.join()',
        'theirs.warning("%d of %d", "audit.request")',
    ],
)
def test_a_complaint_that_concerns_us_fails_its_test(tmp_path, statement):
    body = f"def test_causes_it():\n    {statement}\ndef test_is_innocent(): pass\n"
    code, output = run(tmp_path, body)
    assert code == 1
    assert "Our addons put this into the Odoo log" in output or "audit.request" in output
    assert "1 failed, 1 passed in" in output


def test_a_traceback_through_our_files_concerns_us(tmp_path):
    body = """
def test_causes_it():
    try:
        exec(compile("1 / 0", "/srv/addons/audit_evidence/models/request.py", "exec"))
    except ZeroDivisionError:
        theirs.exception("Exception during request")
"""
    code, output = run(tmp_path, body)
    assert (code, "audit_evidence/models/request.py" in output) == (1, True)


@pytest.mark.parametrize(
    "statement",
    [
        'ours.info("all is well")',
        'theirs.warning("The field res.partner.name has no label")',
        'theirs.error("database odoo_audit_test_17_0 is slow")',
    ],
)
def test_what_is_no_complaint_or_not_ours_passes(tmp_path, statement):
    code, output = run(tmp_path, f"def test_it():\n    {statement}\n")
    assert (code, "1 passed in" in output) == (0, True), output


def test_what_a_test_expects_passes(tmp_path):
    body = """
class mute(logging.Handler):  # what Odoo's mute_logger does
    def __enter__(self):
        self.kept = ours.handlers, ours.propagate
        ours.handlers, ours.propagate = [self], False
    def __exit__(self, *exception):
        ours.handlers, ours.propagate = self.kept
    def emit(self, record): pass

class TestExpected(unittest.TestCase):
    def test_asserted(self):
        with self.assertLogs("odoo.addons.audit_evidence", "WARNING"):
            ours.warning("expected")
    def test_muted(self):
        with mute():
            ours.error("expected")
"""
    code, output = run(tmp_path, body)
    assert (code, "2 passed in" in output) == (0, True), output


def test_what_the_preparation_of_a_class_causes_is_charged_to_its_first_test(tmp_path):
    body = """
class TestPrepared(unittest.TestCase):
    @classmethod
    def setUpClass(cls): ours.warning("while preparing")
    def test_a(self): pass
    def test_b(self): pass
"""
    code, output = run(tmp_path, body)
    assert (code, "1 failed, 1 passed in" in output) == (1, True), output


def test_what_comes_after_the_last_test_is_an_error_of_the_run(tmp_path):
    (tmp_path / "conftest.py").write_text(
        "import logging, pytest\n"
        "@pytest.hookimpl(wrapper=True)\n"
        "def pytest_runtest_logreport(report):\n"
        "    yield\n"
        "    if report.when == 'teardown':\n"
        "        logging.getLogger('odoo.addons.audit_evidence').warning('when leaving')\n"
    )
    code, output = run(tmp_path, "def test_it(): pass\n")
    assert (code, "1 passed, 1 error in" in output, "when leaving" in output) == (1, True, True), output


def test_of_a_warning_that_python_gives_only_its_place_counts(tmp_path):
    body = """
import warnings
def test_library():
    logging.getLogger("py.warnings").warning("/venv/vobject.py:7: DeprecationWarning: x\\n  File audit_evidence/x.py")
def test_ours():
    logging.getLogger("py.warnings").warning("/srv/addons/audit_evidence/x.py:7: DeprecationWarning: use that")
"""
    code, output = run(tmp_path, body)
    assert (code, "1 failed, 1 passed in" in output) == (1, True), output
