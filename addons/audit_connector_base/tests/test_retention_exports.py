import tempfile
from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.queue_job.exception import RetryableJobError

from ..models.log import export
from ..models.retention import run_work
from .retention_case import RetentionCase


@tagged("post_install", "-at_install")
class TestRetentionExports(RetentionCase):
    """What an erasure does to the files that hold contents of the log."""

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.patch(export, "config", {"data_dir": folder.name})
        self._invoice(post=True)
        self._old_invoice()
        self._policy("log")
        self.run_ = self._approved(self._run())

    def _export(self, state, with_content=True):
        log = self.env["audit.log"].search([("company_id", "=", self.company.id)], limit=1)
        made = self.env["audit.log.export"].create({"log_id": log.id, "with_content": with_content})
        made.sudo().write({"state": state, "exported_by_id": self.administrator.id})
        path = made._path()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("contents")
        return made

    def _work_once(self):
        with patch.object(run_work, "CHUNK", 1), patch.object(run_work, "SECONDS", 0.000001):
            self.run_._work()
        self.env.flush_all()
        self.env.invalidate_all()

    def test_they_go_with_the_first_part_even_if_the_run_is_cancelled_after_it(self):
        told, silent = self._export("ready"), self._export("ready", with_content=False)
        self._work_once()
        self.assertEqual(self.run_.state, "running")
        self.assertTrue(self.run_.erased)
        self.run_.with_user(self.administrator).action_cancel()
        self.assertEqual((told.state, told._path().exists()), ("removed", False))
        self.assertEqual((silent.state, silent._path().exists()), ("ready", True))

    def test_none_is_begun_while_something_is_erased(self):
        told, silent = self._export("draft"), self._export("draft", with_content=False)
        with self.refused("are being erased"):
            told.with_user(self.administrator).action_export()
        with self.refused("Nothing was signed"):
            silent.with_user(self.administrator).action_export()

    def test_one_that_a_job_is_to_write_waits_and_leaves_nothing_of_what_it_wrote_before(self):
        waiting = self._export("queued")
        with self.assertRaises(RetryableJobError) as raised:
            waiting._make()
        self.assertTrue(raised.exception.ignore_retry, "as often as it takes")
        self.assertFalse(waiting._path().exists())
        self._work_off(self.run_)
        self.assertFalse(waiting._waits_for_erasure())

    def test_one_that_was_begun_before_has_to_start_again(self):
        """Both write the export, so the database lets the second one start again and see what the first one did."""
        states = ("draft", "queued", "failed")
        begun = [self._export(state) for state in states]
        before = [self._version(made) for made in begun]
        self._work_once()
        for made, state, version in zip(begun, states, before):
            self.assertNotEqual(self._version(made), version)
            self.assertEqual(made.state, state)

    def _version(self, made):
        """Where the row lies, which changes whenever it is written."""
        self.env.flush_all()
        self.env.cr.execute("SELECT ctid FROM audit_log_export WHERE id = %s", [made.id])
        return self.env.cr.fetchone()[0]
