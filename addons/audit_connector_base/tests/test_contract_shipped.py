import hashlib
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from odoo.tests import tagged

from ..core.contracts import ContractError, Key
from ..models.contract import shipped
from ..models.contract.registry import FOLDER
from .contract_case import TEXT, ContractCase

LOGGER = "odoo.addons.audit_connector_base.models.contract.shipped"


@tagged("post_install", "-at_install")
class TestContractShipped(ContractCase):
    """Contracts that come with an addon."""

    def setUp(self):
        super().setUp()
        folder = TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name) / "contracts"
        self.folder.mkdir()
        place = patch.object(shipped, "get_module_path", lambda module: folder.name)
        place.start()
        self.addCleanup(place.stop)

    def update(self, **files):
        """What an update of the addon does with these files: ``{"parcel_v1": properties}``."""
        for name, properties in files.items():
            entity, _v, number = name.rpartition("_v")
            major, _dot, minor = number.partition("_")
            key = Key(entity, int(major), int(minor or 0))
            (self.folder / key.file_name).write_text(self.schema(key, **properties))
        self.env["audit.contract"]._load_shipped("an_addon")
        return self.env["audit.contract.version"].search([("entity", "=", "parcel")], order="major, minor")

    def test_every_contract_of_this_addon_is_approved_as_it_stands_in_its_file(self):
        for path in FOLDER.glob("*.json"):
            entity = path.name.partition(".")[0]
            version = self.env["audit.contract.version"].search([("entity", "=", entity)])
            with self.subTest(file=path.name):
                self.assertEqual((version.name, version.state, version.author_name), ("1.0", "approved", "shipped"))
                self.assertEqual(version._text(), path.read_bytes())
                self.assertEqual(version.sha256, hashlib.sha256(path.read_bytes()).hexdigest())
                self.assertEqual(version.file_sha256, version.sha256)
                self.assertEqual(version.file_name, "audit_connector_base/contracts/%s" % path.name)
                self.assertFalse(version.file_problem or version.approved_by_id or version.author_id)
                self.assertEqual(self.kinds(version), ["contract.shipped"])
                self.assertTrue(version.field_ids)

    def test_directions_follow_from_builders_and_handlers(self):
        directions = dict(self.env["audit.contract"].search([]).mapped(lambda one: (one.entity, one.direction)))
        self.assertEqual(directions["invoice"], "sent")
        self.assertEqual(directions["supplier_update"], "received")

    def test_a_new_file_is_a_new_version_without_anybodys_doing(self):
        (version,) = self.update(parcel_v1={"a": TEXT})
        self.assertEqual((version.name, version.state, version.compatibility), ("1.0", "approved", "first"))
        one, minor, two = self.update(parcel_v1_1={"a": {**TEXT, "maxLength": 5}}, parcel_v2={"b": TEXT})
        self.assertEqual(one, version)
        self.assertEqual((minor.name, minor.compatibility, minor.previous_id), ("1.1", "forward", one))
        self.assertEqual((two.name, two.compatibility, two.previous_id), ("2.0", "none", minor))
        self.update()
        self.assertEqual([self.kinds(each) for each in (one, minor, two)], [["contract.shipped"]] * 3)

    def test_a_file_that_was_changed_without_a_new_number_is_named_and_not_taken(self):
        (version,) = self.update(parcel_v1={"a": TEXT})
        before = version.schema_text
        with self.assertLogs(LOGGER, "WARNING") as logged:
            self.update(parcel_v1={"a": TEXT, "b": TEXT})
        self.assertIn("an_addon/contracts/parcel.v1.json is not that of version 1.0", logged.output[0])
        self.assertEqual((version.schema_text, version.state), (before, "approved"))
        self.assertIn("an_addon/contracts/parcel.v1.json was changed", version.file_problem)
        self.assertEqual(self.kinds(version), ["contract.shipped", "contract.file_changed"])
        self.assertTrue(self.env["audit.contract.version"].search([("file_problem", "!=", False)]))
        # Said once for each change, and taken back when the file is what it was.
        with self.assertNoLogs(LOGGER, "WARNING"):
            self.update()
        self.update(parcel_v1={"a": TEXT})
        self.assertFalse(version.file_problem)

    def test_a_file_never_takes_the_place_of_what_was_written_here(self):
        contract = self.env["audit.contract"].create({"name": "Parcel", "entity": "parcel", "direction": "sent"})
        mine = self.approved(contract=contract, a=TEXT)
        with self.assertLogs(LOGGER, "WARNING"):
            self.update(parcel_v1={"b": TEXT})
        self.assertIn("written here", mine.file_problem)
        self.assertIn('"a"', mine.schema_text)
        self.assertEqual(mine.origin, "people")

    def test_a_file_that_cannot_be_used_stops_the_installation_by_name(self):
        for properties, problem in (
            ({"a": {"type": "string", "pattern": "^(a+)+$"}}, "parcel.v1.json.*may take for ever"),
            ({"a": {"$ref": "https://example.com/x"}}, "parcel.v1.json refers to https://example.com/x"),
        ):
            with self.assertRaisesRegex(ContractError, problem), self.env.cr.savepoint():
                self.update(parcel_v1=properties)

    def test_the_bytes_of_a_file_are_kept_whatever_its_white_space(self):
        key = Key("parcel", 1)
        data = json.dumps(json.loads(self.schema(key)), indent=7).replace("\n", "\r\n").encode() + b"\n\n"
        (self.folder / key.file_name).write_bytes(data)
        (version,) = self.update()
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(version._text(), data)
