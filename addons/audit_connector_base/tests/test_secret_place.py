import tempfile
from pathlib import Path
from unittest.mock import patch

from odoo.tests import tagged

from ..adapters import file as file_adapter
from .test_secret_destination import DestinationCase


@tagged("post_install", "-at_install")
class TestPlace(DestinationCase):
    """More than the host says where messages go, and all of it is approved by a second person."""

    def setUp(self):
        super().setUp()
        self.here = self.receiver()

    def test_another_path_of_the_same_host_is_another_place(self):
        """On a host that serves many, the path says whose mailbox it is."""
        connector = self._used(self.here)
        connector.url = "http://%s/hooks/of/somebody/else" % self.here.host
        self._invoice(post=True)
        self.drain(connector)
        self.assertEqual(len(self.here.messages), 1)
        self._approve(connector, self.second)
        self.drain(connector)
        self.assertEqual(len(self.here.messages), 2)

    def test_another_folder_is_another_place(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        for name in ("out", "mine"):
            (Path(folder.name) / name).mkdir()
        with patch.object(file_adapter.AuditAdapterFile, "_roots", lambda self: [folder.name]):
            connector = self._used_folder(folder.name + "/out")
            connector.file_folder = folder.name + "/mine"
            self._invoice(post=True)
            self.drain(connector)
            self.assertEqual(list((Path(folder.name) / "mine").iterdir()), [])
            self._approve(connector, self.second)
            self.drain(connector)
            self.assertTrue(list((Path(folder.name) / "mine").iterdir()))

    def _used_folder(self, folder):
        connector = self._connector(self.here, adapter="file", file_folder=folder)
        self._invoice(post=True)
        self.drain(connector)
        self.assertTrue(list(Path(folder).iterdir()))
        return connector.with_user(self.administrator)
