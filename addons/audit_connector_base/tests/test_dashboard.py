import json
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .sending import Recorder, SendingCase


@tagged("post_install", "-at_install")
class TestDashboard(SendingCase):
    """What the card of a connector says of its last days."""

    def _bars(self, connector=None):
        self.env.invalidate_all()
        (series,) = json.loads((connector or self.connector).with_user(self.accountant).graph)
        return [bar["value"] for bar in series["values"]]

    def test_the_graph_shows_what_was_delivered_on_each_of_the_last_14_days(self):
        idle = self._connector(name="Idle")
        self.assertEqual(self._bars(), [0] * 14)
        idle.subscription_ids.active = False
        self._posted(3)
        self.connector.concurrency = 1
        self._run(Recorder("delivered", "dead", "delivered"))
        self.assertEqual(self._bars(), [0] * 13 + [2], "what was refused is not delivered")
        self.connector.day_ids.day -= timedelta(days=13)
        self.assertEqual(self._bars(), [2] + [0] * 13)
        self.connector.day_ids.day -= timedelta(days=1)
        self.assertEqual(self._bars(), [0] * 14)
        self.assertEqual(self._bars(idle), [0] * 14)

    def test_the_graphs_of_all_connectors_take_as_many_queries_as_that_of_one(self):
        others = self.env["audit.connector"].concat(*(self._connector(name="No. %d" % one) for one in range(5)))

        def queries(connectors):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            connectors.mapped("graph")
            return self.cr.sql_log_count - before

        queries(others)  # so that what is kept for all, as the words of the language, is there
        self.assertEqual(queries(self.connector | others), queries(self.connector))

    def test_the_last_success_is_told_in_words(self):
        self.assertFalse(self.connector.last_success_text)
        self._posted()
        self._run(Recorder("retry"))
        self.env.invalidate_all()
        self.assertFalse(self.connector.last_success_text, "a failure is no success")
        self._pass_time(hours=1)
        self._run(Recorder())
        state = self.connector.state_ids
        self.assertLess(fields.Datetime.now() - state.last_success_at, timedelta(minutes=1))
        for passed, words in (
            ({}, "just now"),
            ({"minutes": 5, "seconds": 30}, "5 min ago"),
            ({"hours": 3}, "3 h ago"),
            ({"days": 4}, "4 days ago"),
        ):
            state.last_success_at -= timedelta(**passed)
            self.env.invalidate_all()
            self.assertEqual(self.connector.with_user(self.accountant).last_success_text, words)
