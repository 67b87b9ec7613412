from unittest.mock import patch

from odoo.tests import tagged

from ..models.retention import kind_log
from .erasure_case import ErasureCase
from .test_log_export import LogExportCase


@tagged("post_install", "-at_install")
class TestRetentionOutside(LogExportCase, ErasureCase):
    """Contents that were erased inside Odoo, seen by the program of an outsider."""

    def setUp(self):
        super().setUp()
        self.entries = self.append(20)
        self._policy("log")
        self.seal()

    def test_contents_erased_in_odoo_are_judged_by_an_outsider(self):
        run = self._erased_a_year_later()
        self.seal()
        code, report = self.verify(self.export(with_content=True), "--complete")
        self.assertEqual(code, 0, report)
        (log,) = report["logs"]
        self.assertEqual((log["erased"], log["erased_unjudged"], log["reservations"]), (run.erased, 0, []))
        self.assertEqual(log["withheld"], 0)

    def test_a_long_list_stands_in_several_entries_which_an_outsider_puts_together(self):
        with patch.object(kind_log, "IDS_LISTED", 7):
            run = self._erased_a_year_later()
        self.seal()
        listed = self.env["audit.log.entry"].search([("kind", "=", "retention.listed"), ("res_id", "=", run.id)])
        self.assertGreaterEqual(len(listed), 3)
        for values in ({}, {"date_to": self.entries[0].time.date()}):
            code, report = self.verify(self.export(with_content=True, **values))
            self.assertEqual(code, 0, report)
            (log,) = report["logs"]
            self.assertEqual((log["erased"], log["erased_unjudged"], log["reservations"]), (run.erased, 0, []))

    def test_a_period_brings_along_who_let_go_what_is_gone_in_it(self):
        self._erased_a_year_later()
        self.seal()
        # Moved in the columns only, which decide what a period is.
        moved = "UPDATE audit_log_entry SET time = time + interval '10 days' WHERE id > %s"
        self.tamper("audit_log_entry", moved, self.entries[-1].id)
        made = self.export(with_content=True, date_to=self.entries[0].time.date())
        code, report = self.verify(made)
        self.assertEqual(code, 0, report)
        (log,) = report["logs"]
        self.assertEqual((log["end"], log["all"]), (self.entries[-1].place + 1, False))
        self.assertGreaterEqual(log["erased"], 20)
        self.assertEqual((log["erased_unjudged"], log["reservations"]), (0, []))

    def test_what_somebody_erased_alone_is_in_the_export_for_the_outsider_to_find(self):
        alone = self._decided(self._steps()[-1:])
        self.seal()
        for reason, uuid, words in (
            ("without a word", None, "nothing says why"),
            ("by an approval that is none", alone, "nobody had asked"),
            ("by an approval that is nowhere", "01890a5d-ac96-774b-bcce-b302099a8057", "no approval"),
        ):
            with self.subTest(reason=reason):
                self._erased_under(uuid, self.entries[7])
                code, report = self.verify(self.export(with_content=True))
                (found,) = report["damage"]
                index = self.entries[7].place
                self.assertEqual((code, found["kind"], found["index"]), (1, "content erased without approval", index))
                self.assertIn(words, found["detail"])
                self.assertEqual(found["count"], 1)

    def test_a_log_that_was_continued_says_in_which_one_it_was_approved(self):
        old = self.log
        with self.second_cursor():
            old.sudo()._begin_anew("because")
        self.append(5)
        self.seal()
        self._erased_a_year_later()
        made = self.env["audit.log.export"].with_user(self.administrator).create({"log_id": old.id})
        made.with_content = True
        made.action_export()
        code, report = self.verify(made, key=old.verifier_key)
        self.assertEqual(code, 0, report)
        (log,) = report["logs"]
        self.assertEqual(log["erased_unjudged"], log["erased"])
        self.assertIn(self.log.origin, log["reservations"][0])
