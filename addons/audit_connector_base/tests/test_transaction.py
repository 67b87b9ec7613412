from odoo.tests import TransactionCase, tagged

from ..transaction import short_transaction


@tagged("post_install", "-at_install")
class TestShortTransaction(TransactionCase):
    def test_it_sees_what_others_commit_and_nothing_is_compiled_in_it(self):
        with short_transaction(self.registry) as env:
            self.assertEqual(self._setting(env.cr, "SHOW transaction_isolation"), "read committed")
            self.assertEqual(self._setting(env.cr, "SHOW jit"), "off")

    def _setting(self, cr, statement):
        cr.execute(statement)
        return cr.fetchone()[0]
