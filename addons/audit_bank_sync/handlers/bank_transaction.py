from datetime import timedelta
from decimal import Decimal

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.audit_connector_base.models.exchange.inbound_handler import Handled, Mismatch

from ..core.bank_api import members
from ..core.bank_files import statement, values
from ..core.bank_files.mt_account import is_same_account
from ..core.bank_files.problems import Invalid, Unreadable
from ..core.fetched import Fetched
from ..models.bank.settling import settle
from ..models.bank.staging_told import StagingTold

AHEAD = timedelta(days=1)  # the day of a bank in the east may have begun already
STATUS = {"booked": statement.BOOKED, "pending": statement.PENDING}


class AuditInboundHandlerBankTransaction(models.AbstractModel):
    """A transaction that a system outside tells of, such as a treasury system that hears from the bank.

    Only from the connector that a bank connection names: no other platform tells us what our bank booked. It goes the
    way of what is fetched, and tells of no period: which days are covered, and with which balances, statements say.
    """

    _name = "audit.inbound.handler.bank_transaction"
    _inherit = "audit.inbound.handler"
    _description = "Bank Transaction Handler"

    @api.model
    def _message_types(self):
        return ["bank_transaction.told"]

    @api.model
    def _contract(self):
        return "bank_transaction_report", 1

    @api.model
    def _entity(self):
        return "bank_transaction", _("Bank transaction")

    @api.model
    def _api_entity(self):
        return "bank_transaction", _("Bank transactions")

    @api.model
    def _handle(self, message, data):
        connector, mappings = message.connector_id, self.env["audit.external.id"]
        account = self._account(connector, data)
        account._lock()
        known = mappings._find(connector, self._entity()[0], data["id"])
        while known and known.posting_state == "merged":
            known = known.looks_like_id
        if known:
            self._check_same(known, account, data)
            if known.state == "booked" or data["status"] == "pending":
                return Handled(_("Bank transaction %s: known already", data["id"]), known, {"transaction": data["id"]})
        window = self.env["audit.bank.window"].create(
            {"account_id": account.id, "kind": "report", "state": "fetched", "number": data["id"]}
        )
        try:
            told = self._told(account, data, message)
            staging = StagingTold(self.env, account, window, connector, known).run(told)
        except Unreadable as error:
            raise UserError(str(error)) from error
        settle(self.env, staging, told)
        transaction = known or self.env["audit.bank.transaction"].browse(sorted(staging.seen_ids)[:1])
        if not known:
            mappings._assign(connector, transaction, data["id"], self._entity()[0])
        if staging.looks_like:
            self._put_in_doubt(transaction, *staging.looks_like)
        account._after_import(window, staging)
        facts = {"transaction": data["id"], "account": account.number, "new": window.new_count}
        if window.new_count:
            sentence = _("Bank transaction %s: new", data["id"])
        elif window.promoted_count:
            sentence = _("Bank transaction %s: booked by now", data["id"])
        else:
            sentence = _("Bank transaction %s: a statement told of it already", data["id"])
        return Handled(sentence, transaction, facts)

    @api.model
    def _put_in_doubt(self, transaction, pair, row):
        """What is booked by now may stand in the books already, from a statement: a person decides."""
        transaction.invalidate_recordset()
        if transaction.posting_state == "waiting":
            transaction.write(
                {"posting_state": "doubt", "looks_like_id": row["id"], "looks_like_note": ", ".join(pair.reasons)}
            )

    @api.model
    def _account(self, connector, data):
        """The account of ``data`` at a connection that names ``connector``; raises ``UserError``."""
        connections = self.env["audit.bank.connection"]._told_by(connector)
        accounts = connections.account_ids.filtered(lambda one: is_same_account(data["account"], one.number))
        account = accounts.filtered(lambda one: one.currency_id.name == data["currency"])[:1]
        if not account:
            raise UserError(
                _(
                    "There is no account %(number)s in %(currency)s at the bank connections of “%(name)s”. Add it "
                    "there, then have the transaction sent again.",
                    number=data["account"],
                    currency=data["currency"],
                    name=connector.name,
                )
            )
        return account

    @api.model
    def _check_same(self, known, account, data):
        """Refuse another transaction under a number that was used before."""
        same_amount = not account.currency_id.compare_amounts(known.amount, float(data["amount"]))
        if known.account_id != account or not same_amount:
            raise UserError(
                _(
                    "%s is the number of another transaction, with another amount or account. What a bank changes it "
                    "books anew, so send it under a number of its own.",
                    data["id"],
                )
            )

    @api.model
    def _told(self, account, data, message):
        """What ``data`` says, as a reading; raises ``Mismatch`` where a value is none, and ``Unreadable``."""
        other = data.get("counterparty") or {}
        amount = Decimal(data["amount"])
        if not amount:
            raise self._mismatch("$.amount", _("is nothing: a transaction moves money"))
        if -amount.normalize().as_tuple().exponent > account.currency_id.decimal_places:
            raise self._mismatch("$.amount", _("has more decimals than %s", data["currency"]))
        if data["status"] == "booked" and not data.get("booking_date"):
            raise self._mismatch("$.booking_date", _("is needed of what is booked"))
        if data["status"] == "booked" and data["booking_date"] > str(fields.Date.today() + AHEAD):
            raise self._mismatch("$.booking_date", _("is in the future, and nothing is booked there"))
        told = Fetched(message.transport, members.account(account.number, data["currency"]))
        try:
            party = members.party(other.get("name"), other.get("number"), other.get("bic"))
            reference = data.get("structured_reference")
            told.add(
                status=STATUS[data["status"]],
                amount=amount,
                currency=data["currency"],
                booking_date=values.iso_date(data["booking_date"]) if data.get("booking_date") else None,
                value_date=values.iso_date(data["value_date"]) if data.get("value_date") else None,
                entry_reference=data["id"],
                bank_reference=data.get("bank_reference"),
                code=members.bank_code(data.get("code")),
                raw=members.raw(data),
                details=(
                    statement.Detail(
                        references=statement.References(
                            end_to_end_id=data.get("end_to_end_id"), mandate_id=data.get("mandate_id")
                        ),
                        debtor=party if amount > 0 else None,
                        creditor=party if amount < 0 else None,
                        remittance=tuple((data.get("remittance") or "").split("\n")) if data.get("remittance") else (),
                        structured=(statement.StructuredReference(reference=reference),) if reference else (),
                    ),
                ),
            )
            told.note_answer(members.raw(data).encode())
            return told.finish()
        except Invalid as error:
            raise self._mismatch("$", str(error)) from error

    @api.model
    def _mismatch(self, path, text):
        return Mismatch(_("The transaction cannot be what the message says."), [{"path": path, "text": text}])
