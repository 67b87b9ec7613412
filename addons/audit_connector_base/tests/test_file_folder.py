import hashlib
import json
import shutil
import tempfile
from datetime import datetime
from pathlib import Path
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..adapters import file as file_adapter
from ..models.connector.adapter import Message
from .common import AuditCase


def message(number=1, attempt=1, body=None):
    body = body or json.dumps({"specversion": "1.0", "id": "m-%d" % number, "source": "/", "type": "t"}).encode()
    moment = datetime(2026, 3, 31, 10, 15, number)
    return Message(
        "m-%d" % number, "invoice.posted", "account.move/1", body, "application/cloudevents+json", moment, attempt
    )


class FileCase(AuditCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.root = Path(tempfile.mkdtemp(prefix="audit-files-"))
        cls.addClassCleanup(shutil.rmtree, cls.root)
        options = patch.object(file_adapter, "audit_options", lambda: cls.options)
        cls.options = {"folders": str(cls.root)}
        options.start()
        cls.addClassCleanup(options.stop)

    def setUp(self):
        super().setUp()
        for name in ("out", "in"):
            shutil.rmtree(self.root / name, ignore_errors=True)
            (self.root / name).mkdir()

    def local(self, **values):
        return self._connector(
            **{
                "name": "Files",
                "adapter": "file",
                "signing_secret": False,
                "url": False,
                "allowed_destinations": False,
                "file_folder": str(self.root / "out"),
                **values,
            }
        )

    def sender(self, connector):
        found = connector._adapter()._sender(connector)
        self.addCleanup(found.close)
        return found

    def collector(self, connector):
        found = connector._adapter()._collector(connector)
        self.addCleanup(found.close)
        return found

    def names(self, folder="out"):
        return sorted(str(path.relative_to(self.root / folder)) for path in (self.root / folder).rglob("*.*"))


@tagged("post_install", "-at_install")
class TestFileFolder(FileCase):
    def test_an_invoice_is_delivered_as_a_file_with_the_message_as_it_was_recorded(self):
        connector = self.local()
        invoice = self._invoice(post=True)
        self.drain(connector)
        delivery = connector.delivery_ids
        self.assertEqual(delivery.state, "delivered")
        (name,) = self.names()
        self.assertRegex(name, r"^[0-9]{8}T[0-9]{6}Z-invoice\.posted-%s\.json$" % delivery.message_id)
        event = json.loads((self.root / "out" / name).read_text())
        self.assertEqual(event["id"], delivery.message_id)
        self.assertEqual(event["data"]["number"], invoice.name)
        self.assertIn(name, delivery.attempt_ids.reason)

    def test_a_repeat_replaces_the_file(self):
        send = self.sender(self.local())
        self.assertEqual([send(message(attempt=number)).verdict for number in (1, 2, 3)], ["delivered"] * 3)
        self.assertEqual(self.names(), ["20260331T101501Z-invoice.posted-m-1.json"])

    def test_a_batch_is_one_file_with_a_message_in_each_line(self):
        send = self.sender(self.local())
        batch = [message(number) for number in range(1, 4)]
        for _repeat in range(2):
            self.assertEqual([outcome.verdict for outcome in send.batch(batch, "batch-7")], ["delivered"] * 3)
        self.assertEqual(self.names(), ["batch-7.jsonl"])
        lines = (self.root / "out" / "batch-7.jsonl").read_bytes().splitlines()
        self.assertEqual(lines, [one.body for one in batch])

    def test_a_message_with_line_breaks_stays_one_line_of_a_batch(self):
        body = b'{\n"id": "m-1"\n}'
        self.sender(self.local()).batch([message(body=body), message(2)], "b")
        lines = (self.root / "out" / "b.jsonl").read_bytes().splitlines()
        self.assertEqual(len(lines), 2)
        self.assertEqual(json.loads(lines[0]), json.loads(body))

    def test_a_checksum_file_stands_beside_where_it_is_wished(self):
        outcome = self.sender(self.local(file_checksum=True))(message())
        name = "20260331T101501Z-invoice.posted-m-1.json"
        self.assertEqual(self.names(), [name, name + ".sha256"])
        digest = hashlib.sha256((self.root / "out" / name).read_bytes()).hexdigest()
        self.assertEqual((self.root / "out" / (name + ".sha256")).read_text(), "%s  %s\n" % (digest, name))
        self.assertEqual(outcome.request_headers["SHA-256"], digest)

    def test_a_missing_folder_is_an_outcome_that_tells_what_to_do_and_is_tried_again(self):
        send = self.sender(self.local())
        (self.root / "out").rmdir()
        outcome = send(message())
        self.assertEqual(outcome.verdict, "retry")
        self.assertIn("create it, or mount the disk", outcome.reason)
        (self.root / "out").mkdir()
        self.assertEqual(send(message(attempt=2)).verdict, "delivered")

    def test_folders_that_the_server_does_not_name_are_refused_when_saving(self):
        connector = self.local()
        for folder, words in (
            ("/etc", "not among those that the server lets Odoo use"),
            (str(self.root / ".." / "etc"), "holds"),
            ("out", "whole path"),
            (False, "Enter the folder"),
        ):
            with self.subTest(folder=folder), self.refused(words):
                connector.file_folder = folder

    def test_without_named_folders_the_words_tell_what_the_server_lacks_and_deliveries_wait(self):
        connector = self.local()
        self._invoice(post=True)
        with patch.dict(self.options, clear=True):
            with self.refused(r"section \[audit\]: folders ="):
                connector.file_folder = str(self.root / "other")
            self.drain(connector)
        self.assertEqual(connector.delivery_ids.state, "pending")
        self.assertIn("folders =", connector.activity_ids.note)

    def test_a_folder_of_another_companys_connector_is_refused(self):
        self.local()
        other = self.env["res.company"].create({"name": "Other"})
        for folder in (self.root / "out", self.root, self.root / "out" / "deeper"):
            with self.subTest(folder=folder), self.refused("another company"):
                self.local(company_id=other.id, collect=True, file_pickup_folder=str(folder), file_folder=False)
        self.local(company_id=other.id, file_folder=str(self.root / "out2"))

    def test_a_connector_does_not_pick_up_what_it_writes(self):
        with self.refused("its own messages"):
            self.local(file_pickup_folder=str(self.root / "out") + "/")

    def test_a_connector_that_only_picks_up_keeps_its_deliveries_waiting(self):
        connector = self.local(file_folder=False, file_pickup_folder=str(self.root / "in"))
        with self.refused("only picks up"):
            connector._adapter()._sender(connector)

    def test_nothing_is_picked_up_unless_it_is_set_up(self):
        connector = self.local(file_pickup_folder=str(self.root / "in"))
        self.assertIsNone(connector._adapter()._collector(connector))
        connector.collect = True
        self.assertTrue(self.collector(connector))
        with self.refused("Enter the folder that is picked up from"):
            connector.file_pickup_folder = False

    def test_files_are_picked_up_stored_and_archived(self):
        connector = self.local(collect=True, file_pickup_folder=str(self.root / "in"), file_settle_seconds=0)
        (self.root / "in" / "a.jsonl").write_bytes(b'{"specversion":"1.0","id":"e-1"}\n{"n":1}\n')
        (self.root / "in" / "bad.json").write_bytes(b"{")
        collector = self.collector(connector)
        taken = collector.take(10, 1)
        digest = hashlib.sha256((self.root / "in" / "a.jsonl").read_bytes()).hexdigest()
        self.assertEqual([one.id for one in taken], ["e-1", digest + ":2"])
        self.assertEqual([one.content_type for one in taken], ["application/cloudevents+json", "application/json"])
        self.assertEqual([one.headers for one in taken], [{"file": "a.jsonl", "line": n} for n in ("1", "2")])
        for incoming in taken:
            collector.confirm(incoming)
        day = datetime.utcnow().strftime("%Y-%m-%d")
        self.assertEqual(
            self.names("in"), ["archive/%s/a.jsonl" % day, "failed/bad.json", "failed/bad.json.reason.txt"]
        )
        self.assertEqual(len(collector.put_aside), 1)
        self.assertRegex(collector.put_aside[0], r"^bad\.json: Line 1: Expecting")

    def test_the_collecting_job_stores_what_is_dropped_and_archives_it_once(self):
        connector = self.local(collect=True, file_pickup_folder=str(self.root / "in"), file_settle_seconds=0)
        event = {"specversion": "1.0", "id": "e-1", "source": "/archive", "type": "acknowledgement.given", "data": {}}
        lines = "\n".join(json.dumps(one) for one in (event, {"n": 1}, {"n": 2}))
        for _time in range(2):
            (self.root / "in" / "a.jsonl").write_text(lines)
            (self.root / "in" / "bad.json").write_bytes(b"{")
            with self.second_cursor():
                connector._collect()
        messages = self.env["audit.inbound.message"].search([("connector_id", "=", connector.id)])
        self.assertEqual(len(messages), 3)
        self.assertEqual(set(messages.mapped("transport")), {"file"})
        day = datetime.utcnow().strftime("%Y-%m-%d")
        archived = ["archive/%s/a.jsonl" % day, "archive/%s/a~2.jsonl" % day]
        aside = ["failed/bad.json", "failed/bad.json.reason.txt", "failed/bad~2.json", "failed/bad~2.json.reason.txt"]
        self.assertEqual(self.names("in"), archived + aside)
        activity = connector.activity_ids
        self.assertEqual(activity.summary, "Some of what was collected cannot be read")
        self.assertIn("bad.json: Line 1", activity.note)

    def test_a_folder_that_is_not_there_is_told_to_the_owner_of_the_connector(self):
        connector = self.local(collect=True, file_pickup_folder=str(self.root / "in"))
        (self.root / "in").rmdir()
        with self.second_cursor():
            self.assertIn("it is not there; create it", connector._collect())
        self.assertIn("it is not there", connector.protocol_warning)
        self.assertEqual(connector.activity_ids.summary, "Repair the connector: nothing can be collected")

    def test_patterns_with_a_path_are_refused(self):
        with self.refused("names a folder", UserError):
            self.local(file_pickup_folder=str(self.root / "in"), file_pickup_pattern="../*")
