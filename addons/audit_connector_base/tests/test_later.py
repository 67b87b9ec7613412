import threading
from unittest.mock import patch

from odoo.tests import tagged

from ..models.exchange import inbound_wake
from ..models.log import sealer
from .common import AuditCase


def _timers():
    return [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)]


@tagged("post_install", "-at_install")
class TestLater(AuditCase):
    """What waits for a pause is done at once here, because a test shares its connection with no other thread."""

    def test_sealing_is_asked_for_without_a_thread_that_outlives_the_test(self):
        with self.second_cursor():
            self.env["audit.log"]._request_sealing()
            self.env.cr.postcommit.run()
            self.assertFalse(_timers())
            self.assertFalse(sealer._waiting)
        jobs = self.env["queue.job"].search([("identity_key", "=", sealer.SEAL_KEY)])
        self.assertEqual(jobs.mapped("state"), ["pending"])

    def test_so_is_the_work_on_a_stream_of_messages(self):
        connector = self._connector()
        with self.second_cursor(), patch.object(inbound_wake, "_asked_at", {}):
            for _message in range(2):
                connector._request_inbound()
                self.env.cr.postcommit.run()
            self.assertFalse(_timers())
            self.assertFalse(inbound_wake._waiting)
