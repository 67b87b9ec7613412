from odoo.tests import tagged

from ..models.log import sealer
from .api import ApiCase
from .common import SECRET, AuditCase
from .contract_case import TEXT, ContractCase
from .retention_case import RetentionCase
from .sealing import SealedAtOnce
from .test_roles import RolesCase
from .test_secret_destination import DestinationCase


@tagged("post_install", "-at_install")
class TestSealedAtOnce(SealedAtOnce, AuditCase):
    """What a person decides is proven from then on, and not only when the next entries are gathered."""

    def test_one_job_is_made_for_all_that_a_transaction_decides(self):
        with self.second_cursor():
            self.env.cr.postcommit.clear()
            self.env["audit.log.entry"]._append([])
            self.env["audit.log"]._request_sealing()
            for _decision in range(3):
                self.env["audit.log"]._seal_now()
            self.assertEqual(len(self.env.cr.postcommit._funcs), 2, "the pause, and at once")
            self.env.cr.postcommit.run()
        jobs = self.env["queue.job"].search([("identity_key", "=", sealer.SEAL_KEY)])
        self.assertEqual(jobs.mapped("state"), ["pending"])

    def test_posting_and_receiving_wait_for_the_others(self):
        connector = self._connector(inbound_active=True, inbound_secret=SECRET)
        with self.sealed_later():
            self._invoice(post=True)
            connector._receive([("m-1", "application/json", b'{"type": "x"}', {})], "file")

    def test_a_retention_hold_that_is_released(self):
        hold = self.env["audit.retention.hold"].create({"name": "Lawsuit", "release_note": "It is over"})
        approver = self._user("app", "audit_connector_base.group_audit_approver")
        with self.sealed_at_once():
            self.confirmed(hold.with_user(approver), "release").action_release()

    def test_an_exception_that_somebody_decides_and_none_that_goes_by_itself(self):
        connector = self._connector(inbound_active=True, inbound_secret=SECRET)
        connector._receive([("m-1", "application/json", b'{"type": "x"}', {})], "file")
        message = self.env["audit.inbound.message"].search([("connector_id", "=", connector.id)])
        with self.sealed_later():
            exception, other = (
                self.env["audit.exception"]._raise(message, "unknown", title, outside_id=title) for title in "ab"
            )
            other._close("superseded")
        with self.sealed_at_once():
            exception.with_user(self.accountant).action_settle()


@tagged("post_install", "-at_install")
class TestSealedAtOnceClients(SealedAtOnce, ApiCase):
    def test_an_api_client_that_is_approved_and_its_secret(self):
        client = self._prepared()
        with self.sealed_later():
            client.action_request()
        with self.sealed_at_once():
            self._approve(client)
        with self.sealed_at_once():
            self._secret(client)


@tagged("post_install", "-at_install")
class TestSealedAtOnceRoles(SealedAtOnce, RolesCase):
    def test_an_exception_for_conflicting_roles_that_is_approved(self):
        exception = self._exception()
        with self.sealed_at_once():
            self._approved(exception)


@tagged("post_install", "-at_install")
class TestSealedAtOnceContracts(SealedAtOnce, ContractCase):
    def test_a_contract_that_is_approved(self):
        version = self.draft(a=TEXT)
        with self.sealed_later():
            version.action_submit()
        with self.sealed_at_once():
            version.with_user(self.approver).action_approve()


@tagged("post_install", "-at_install")
class TestSealedAtOnceDestinations(SealedAtOnce, DestinationCase):
    def test_a_destination_that_is_approved(self):
        connector = self._used(self.receiver())
        self._lead(connector, self.receiver())
        with self.sealed_at_once():
            self._approve(connector, self.second)


@tagged("post_install", "-at_install")
class TestSealedAtOnceErasures(SealedAtOnce, RetentionCase):
    def test_an_erasure_that_is_approved(self):
        self._old_invoice()
        self._policy()
        run = self._run()
        run.action_ask()
        with self.sealed_at_once():
            self.press(run.with_user(self.approver).action_approve)
