from odoo.tests import tagged

from ..hooks import check_postgresql, pre_init_hook
from .common import AuditCase


@tagged("post_install", "-at_install")
class TestInstallation(AuditCase):
    def test_an_older_postgresql_is_refused_in_a_sentence_before_anything_is_made(self):
        with self.refused("needs PostgreSQL 14 or newer, and this database runs on 13.12"):
            check_postgresql(130012)
        check_postgresql(140000)

    def test_this_postgresql_is_new_enough(self):
        pre_init_hook(self.env)
