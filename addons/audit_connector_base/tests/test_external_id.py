from psycopg2 import errors

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import AuditCase

INSERT = """
INSERT INTO audit_external_id (connector_id, company_id, entity, res_model, res_id, outside_id, active)
VALUES (%s, %s, 'supplier', 'res.partner', %s, %s, %s)
"""


@tagged("post_install", "-at_install")
class TestExternalId(AuditCase):
    """A record has one current number with a platform, and a number stands for one record."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.connector = cls._connector()
        cls.other = cls.partner.copy()
        cls.mapping = cls._mapped(cls.partner, "S-1")

    @classmethod
    def _mapped(cls, record, outside_id, **values):
        return cls.env["audit.external.id"].with_user(cls.administrator).create(
            {
                "connector_id": cls.connector.id,
                "entity": "supplier",
                "res_model": record._name,
                "res_id": record.id,
                "outside_id": outside_id,
                **values,
            }
        )  # fmt: skip

    def test_a_second_current_mapping_either_way_is_refused_in_words(self):
        for record, outside_id in ((self.other, "S-1"), (self.partner, "S-2"), (self.partner, "S-1")):
            with self.subTest(record=record, outside_id=outside_id), self.refused("Hafenkontor GmbH.* as S-1 already"):
                self._mapped(record, outside_id)

    def test_what_is_another_thing_or_another_platform_may_have_the_same_number(self):
        self._mapped(self.partner, "S-1", entity="customer")
        self._mapped(self.other, "S-1", connector_id=self._connector(name="Other").id)
        self._mapped(self.other, "S-2")

    def test_a_mapping_that_was_archived_makes_room_for_another(self):
        self.mapping.active = False
        self._mapped(self.other, "S-1")
        self._mapped(self.partner, "S-2")
        self.assertEqual(self.env["audit.external.id"]._find(self.connector, "supplier", "S-1"), self.other)

    def test_the_database_lets_nobody_make_a_second_one_who_comes_at_the_same_moment(self):
        values = (self.connector.id, self.company.id)
        for res_id, outside_id in ((self.other.id, "S-1"), (self.partner.id, "S-2")):
            with self.subTest(res_id=res_id, outside_id=outside_id), mute_logger("odoo.sql_db"):
                with self.assertRaises(errors.UniqueViolation), self.env.cr.savepoint():
                    self.env.cr.execute(INSERT, [*values, res_id, outside_id, True])
            self.env.cr.execute(INSERT, [*values, res_id, outside_id, False])
