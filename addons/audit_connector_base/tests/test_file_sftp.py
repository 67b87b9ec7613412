import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from unittest.mock import patch

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from odoo.tests import tagged

from ..core import ssh_keys
from .secret_case import everything_logged
from .sftp_server import PASSWORD, USER, SftpServer
from .test_file_folder import FileCase, message


@tagged("post_install", "-at_install")
class TestFileSftp(FileCase):
    def server(self, *options, **further):
        server = SftpServer(*options, **further)
        self.addCleanup(server.close)
        return server

    def remote(self, server, confirmed=True, **values):
        connector = self.local(
            **{
                "name": "Files on %s" % server.host,
                "file_place": "sftp",
                "file_folder": False,
                "url": server.url,
                "allowed_destinations": server.host,
                "file_user": USER,
                "login_secret": PASSWORD,
                **values,
            }
        )
        if confirmed:
            self.fetched(connector).action_confirm()
        return connector

    def fetched(self, connector):
        action = connector.action_file_fetch_host_key()
        return self.env[action["res_model"]].browse(action["res_id"])

    def test_an_invoice_is_delivered_as_a_file(self):
        server = self.server()
        connector = self.remote(server)
        self._invoice(post=True)
        self.drain(connector)
        self.assertEqual(connector.delivery_ids.state, "delivered", connector.delivery_ids.attempt_ids.reason)
        (name,) = server.names()
        self.assertIn(connector.delivery_ids.message_id, name)

    def test_many_are_sent_at_a_time_and_repeats_replace(self):
        server = self.server()
        send = self.sender(self.remote(server))
        with ThreadPoolExecutor(8) as pool:
            sent = [message(number % 30 + 1, attempt=number // 30 + 1) for number in range(60)]
            outcomes = list(pool.map(send, sent))
        self.assertEqual({outcome.verdict for outcome in outcomes}, {"delivered"})
        self.assertEqual(len(server.names()), 30)

    def test_a_batch_is_one_file(self):
        server = self.server()
        batch = [message(number % 59 + 1) for number in range(2000)]
        outcomes = self.sender(self.remote(server, file_checksum=True)).batch(batch, "batch-1")
        self.assertEqual({outcome.verdict for outcome in outcomes}, {"delivered"})
        self.assertEqual(server.names(), ["batch-1.jsonl", "batch-1.jsonl.sha256"])
        self.assertEqual(len((server.folder / "out" / "batch-1.jsonl").read_bytes().splitlines()), 2000)

    def test_nothing_is_sent_before_the_host_key_is_confirmed(self):
        server = self.server()
        connector = self.remote(server, confirmed=False)
        self.assertFalse(connector.file_host_key)
        self.assertIn("fetch the server's host key", connector.protocol_warning)
        self._invoice(post=True)
        self.drain(connector)
        self.assertEqual(connector.delivery_ids.state, "pending")
        self.assertIn("not confirmed", connector.activity_ids.note)
        shown = self.fetched(connector)
        known = shown_by(server)
        self.assertEqual((shown.state, shown.fingerprint), ("new", known))
        shown.action_confirm()
        self.assertEqual(connector.file_fingerprints, known)
        self.assertEqual(self.fetched(connector).state, "same")

    def test_a_server_with_another_host_key_hears_no_password(self):
        server = self.server()
        connector = self.remote(server)
        server.kill()
        (server.home / "host_key").unlink()
        server.start()
        outcome = self.sender(connector)(message())
        self.assertEqual(outcome.verdict, "retry")
        self.assertRegex(outcome.reason, r"another host key \(ssh-ed25519 SHA256:.{43}\).*nothing was sent")
        self.assertEqual(self.fetched(connector).state, "other")
        self.fetched(connector).action_confirm()
        self.assertEqual(self.sender(connector)(message(attempt=2)).verdict, "delivered")

    def test_a_fingerprint_that_was_typed_in_is_enough(self):
        server = self.server()
        connector = self.remote(server, confirmed=False, file_host_key=shown_by(server))
        self.assertEqual(self.sender(connector)(message()).verdict, "delivered")

    def test_a_private_key_signs_in_also_an_encrypted_one(self):
        for passphrase in ("", "opens the key"):
            private, public = ssh_key(passphrase)
            server = self.server(key=public)
            connector = self.remote(server, login_secret=passphrase, private_key=private)
            with self.subTest(passphrase=passphrase):
                self.assertEqual(self.sender(connector)(message()).verdict, "delivered")

    def test_what_is_no_private_key_is_refused_when_saving_and_not_repeated(self):
        server = self.server()
        with self.refused("private key cannot be read") as caught:
            self.remote(server, confirmed=False, private_key="-----BEGIN nonsense 4711")
        self.assertNotIn("4711", str(caught.exception))

    def test_a_wrong_password_is_told_and_appears_nowhere(self):
        server = self.server()
        connector = self.remote(server, login_secret="wrong-secret-4711")
        self._invoice(post=True)
        with everything_logged() as logged:
            self.drain(connector)
        attempt = connector.delivery_ids.attempt_ids
        self.assertEqual((attempt.outcome, connector.delivery_ids.state), ("retry", "pending"))
        self.assertIn("does not let “archive” sign in. Check the user name and the password", attempt.reason)
        self.assertTrue(logged)
        self.assertNotIn("wrong-secret-4711", repr(attempt.read()) + "".join(logged))

    def test_a_server_inside_is_refused_unless_it_is_allowed(self):
        server = self.server()
        connector = self.remote(server, confirmed=False, url="sftp://localhost:%d/out" % server.port)
        connector.allowed_destinations = False
        with self.refused("closed address"):
            connector.action_file_fetch_host_key()
        connector.file_host_key = shown_by(server)
        outcome = self.sender(connector)(message())
        self.assertEqual(outcome.verdict, "dead")
        self.assertIn("Internal Destinations Allowed", outcome.reason)
        self.assertEqual((outcome.fault, outcome.reached), ("refused", False))

    def test_a_server_without_the_posix_rename_gets_its_files_and_repeats_too(self):
        server = self.server("--no-posix-rename")
        send = self.sender(self.remote(server))
        self.assertEqual([send(message(attempt=number)).verdict for number in (1, 2, 3)], ["delivered"] * 3)
        self.assertEqual(len(server.names()), 1)

    def test_a_full_disk_slows_down_and_leaves_nothing_half(self):
        server = self.server("--quota", "1000")
        send = self.sender(self.remote(server))
        self.assertEqual(send(message(1, body=b"{}")).verdict, "delivered")
        outcome = send(message(2, body=b'{"a":"%s"}' % (b"x" * 5000)))
        self.assertEqual(outcome.verdict, "slow_down")
        self.assertIn("perhaps its disk is full", outcome.reason)
        self.assertEqual(len(server.names()), 1)

    def test_a_file_that_is_taken_away_at_once_is_delivered(self):
        server = self.server("--taken-at-once")
        outcome = self.sender(self.remote(server, file_checksum=True))(message())
        self.assertEqual(outcome.verdict, "delivered", outcome.reason)
        self.assertEqual((server.names(), len(server.names("taken"))), ([], 2))

    def test_a_folder_that_is_missing_or_closed_is_told(self):
        server = self.server()
        send = self.sender(self.remote(server))
        (server.folder / "out").rmdir()
        outcome = send(message())
        self.assertEqual((outcome.verdict, "create it on the server" in outcome.reason), ("retry", True))

    def test_a_server_that_stalls_is_given_up_in_time(self):
        server = self.server("--stall", "30")
        connector = self.remote(server, timeout=2)
        started = time.monotonic()
        outcome = self.sender(connector)(message())
        self.assertEqual((outcome.verdict, "in time" in outcome.reason), ("retry", True), outcome.reason)
        self.assertLess(time.monotonic() - started, 8)

    def test_a_server_that_is_no_ssh_server_is_told_without_a_word_in_the_log(self):
        server = self.server()
        connector = self.remote(server)
        other = self.receiver().host
        connector.write({"url": "sftp://%s/out" % other, "allowed_destinations": other, "login_secret": PASSWORD})
        with self.assertNoLogs("paramiko"), self.assertNoLogs(level="WARNING"):
            outcome = self.sender(connector)(message())
        self.assertEqual(outcome.verdict, "retry")
        self.assertIn("failed", outcome.reason)

    def test_a_server_killed_in_between_loses_nothing_and_no_half_file_shows(self):
        server = self.server()
        connector = self.remote(server)
        body = b'{"a":"%s"}' % (b"x" * 3_000_000)
        send = self.sender(connector)
        outcomes = []
        sending = threading.Thread(
            target=lambda: outcomes.extend(send(message(number, body=body)) for number in range(1, 9))
        )
        sending.start()
        while not server.names():
            time.sleep(0.005)
        server.kill()
        sending.join(60)
        lost = [number for number, outcome in enumerate(outcomes, start=1) if outcome.verdict != "delivered"]
        self.assertTrue(lost)
        # A connection that hangs instead of ending counts as a time-out, which is tried again as well.
        self.assertLessEqual({outcomes[number - 1].verdict for number in lost}, {"retry", "slow_down"})
        for name in server.names():
            if not name.startswith("."):
                self.assertEqual(os.stat(server.folder / "out" / name).st_size, len(body))
        server.start()
        again = [send(message(number, attempt=2, body=body)).verdict for number in lost]
        self.assertEqual(again, ["delivered"] * len(lost))
        self.assertEqual(len(server.names()), 8)

    def test_files_are_picked_up_and_archived_on_the_server(self):
        server = self.server()
        connector = self.remote(server, collect=True, file_pickup_folder="/in", file_settle_seconds=0)
        (server.folder / "in" / "a.json").write_bytes(b'{"n":1}')
        (server.folder / "in" / "bad.json").write_bytes(b"\xff")
        first = self.collector(connector).take(10, 1)
        collector = self.collector(connector)
        taken = collector.take(10, 1)
        # The one whose first run crashed before it confirmed comes again as the same.
        self.assertEqual([one.id for one in taken], [one.id for one in first])
        collector.confirm(taken[0])
        self.assertEqual(collector.take(10, 1), [])
        (day,) = server.names("in/archive")
        self.assertEqual(server.names("in/archive/%s" % day), ["a.json"])
        self.assertEqual(server.names("in/failed"), ["bad.json", "bad.json.reason.txt"])

    def test_a_file_that_is_still_written_is_left_by_the_servers_clock(self):
        server = self.server()
        connector = self.remote(server, collect=True, file_pickup_folder="/in", file_settle_seconds=60)
        (server.folder / "in" / "a.json").write_bytes(b"{}")
        self.assertEqual(self.collector(connector).take(10, 1), [])
        old = time.time() - 61
        os.utime(server.folder / "in" / "a.json", (old, old))
        self.assertEqual(len(self.collector(connector).take(10, 1)), 1)
        self.assertEqual(server.names("in"), ["a.json"])

    def test_a_missing_library_is_told_on_the_form_and_when_saving(self):
        server = self.server()
        connector = self.remote(server)
        with patch.dict(sys.modules, {"paramiko": None}):
            connector.invalidate_recordset(["protocol_warning"])
            self.assertIn("pip install 'paramiko>=3.4'", connector.protocol_warning)
            with self.refused("pip install 'paramiko>=3.4'"):
                connector.file_user = "other"
        connector.invalidate_recordset(["protocol_warning"])
        self.assertFalse(connector.protocol_warning)

    def test_settings_that_cannot_work_are_refused_with_the_reason(self):
        server = self.server()
        connector = self.remote(server)
        for values, words in (
            ({"url": "https://files.example.com/"}, "must start with sftp://"),
            ({"url": server.url + "?x"}, "question mark"),
            ({"file_user": False}, "user name"),
            ({"file_host_key": "nonsense"}, "is no host key"),
            ({"file_pickup_folder": "../out"}, "its own messages"),
        ):
            with self.subTest(values=values), self.refused(words):
                connector.write(values)
        with self.refused("password or the private key"):
            self.remote(server, confirmed=False, name="Without", login_secret=False)

    def test_only_administrators_ask_a_server_for_its_key(self):
        connector = self.remote(self.server())
        with self.refused("", Exception):
            connector.with_user(self.accountant).action_file_fetch_host_key()


def shown_by(server):
    """The fingerprint of the server's key, from its own file."""
    key = serialization.load_ssh_private_key((server.home / "host_key").read_bytes(), None)
    public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    return ssh_keys.parse(public.decode())[0].fingerprint


def ssh_key(passphrase):
    """``(private key text, public key line)`` in the format of OpenSSH."""
    key = ed25519.Ed25519PrivateKey.generate()
    hidden = serialization.BestAvailableEncryption(passphrase.encode()) if passphrase else serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, hidden)
    public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    return private.decode(), public.decode()
