import json

from odoo import _, fields, models
from odoo.exceptions import UserError

from ...core.staging.rows import COLUMNS

OWN = ", ".join(COLUMNS)
# What a bank said once, written into a row again.
RESTORE = """
UPDATE audit_bank_transaction t
   SET (window_id, %s) = (
       SELECT window_id, %s FROM jsonb_populate_record(NULL::audit_bank_transaction, %%(said)s::jsonb))
 WHERE id = %%(id)s
""" % (OWN, OWN)  # noqa: S608 - names of columns that stand in the code
SPLIT = """
INSERT INTO audit_bank_transaction (account_id, company_id, currency_id, seen_at, write_date, window_id, %s)
SELECT account_id, company_id, currency_id, %%(now)s, %%(now)s, window_id, %s
  FROM jsonb_populate_record(NULL::audit_bank_transaction, %%(said)s::jsonb)
RETURNING id
""" % (OWN, OWN)


class AuditBankTransaction(models.Model):
    """Deciding whether a transaction is one that is here already; Odoo only asks where it is not sure."""

    _inherit = "audit.bank.transaction"

    def action_same(self):
        """Say that it is the same as the one that it looks like: that one stays, with this one in its history."""
        self._check_may_decide()
        for transaction in self:
            transaction._check_in_doubt()
            transaction._merge_into(transaction._what_it_looks_like())
        return True

    def action_different(self):
        """Say that it is another one than the one that it looks like."""
        self._check_may_decide()
        for transaction in self:
            transaction._check_in_doubt()
            state = "waiting" if transaction.state == "booked" else "none"
            transaction.sudo().write({"posting_state": state, "write_date": fields.Datetime.now()})
            transaction._log("bank.different")
        return True

    def _check_in_doubt(self):
        if self.posting_state != "doubt":
            raise UserError(_("There is no doubt about “%s”.", self.display_name))

    def _what_it_looks_like(self):
        """The transaction that it looks like; where that was taken for the same as another, the one that stayed.

        Sudo: the history is nobody's to write.
        """
        known, sightings = self.sudo().looks_like_id, self.env["audit.bank.sighting"].sudo()
        while known.posting_state == "merged":
            merged = [("split_id", "=", known.id), ("kind", "=", "same"), ("undone_at", "=", False)]
            known = sightings.search(merged, order="id desc", limit=1).transaction_id
        if not known or known == self:
            raise UserError(
                _("What “%s” looked like is not there any more. Say that it is another one.", self.display_name)
            )
        return known

    def _merge_into(self, known):
        """Sudo: the decision is the permission, and is recorded."""
        said = self.sudo()
        (known | said).account_id._lock()
        (known | said).flush_recordset()
        former, seen = known._column_values(), said._column_values()
        # What somebody uploads who may not post is no other word about what the bank booked, whoever decides.
        by_bank = known.state == "booked" and known._is_by_bank() and not said._is_by_bank()
        if known.posting_state not in ("posted", "ignored") and not by_bank:
            # Whether the known one is itself the same as yet another is a question of its own.
            booked = said.state == "booked" and known.posting_state != "doubt"
            seen["posting_state"] = "waiting" if booked else known.posting_state
            known._restore(seen)
        said.write({"posting_state": "merged", "write_date": fields.Datetime.now()})
        said.env["audit.bank.sighting"].create(
            {
                "transaction_id": known.id,
                "window_id": said.window_id.id,
                "kind": "same",
                "score": 1.0,
                "reasons": said.looks_like_note,
                "former": former,
                "seen": seen,
                "split_id": said.id,
            }
        )
        self._log("bank.same")

    def _is_by_bank(self):
        """Whether it was told by the bank, or by a file of somebody who may post."""
        file = self.window_id.file_id
        return not file or file.posts_by_rule

    def _column_values(self):
        """What the columns of one row hold, as values of JSON."""
        self.ensure_one()
        self.flush_recordset()
        self.env.cr.execute("SELECT to_jsonb(t) - 'id' FROM audit_bank_transaction t WHERE id = %s", [self.id])
        return self.env.cr.fetchone()[0]

    def _restore(self, said):
        """Write what a bank said (of ``_column_values``) into the row."""
        self.env.cr.execute(RESTORE, {"id": self.id, "said": json.dumps(said)})
        self.invalidate_recordset()

    def _split_off(self, said):
        """Make a transaction of its own of what a bank said (of ``_column_values``)."""
        self.env.cr.execute(SPLIT, {"now": fields.Datetime.now(), "said": json.dumps(said)})
        return self.browse(self.env.cr.fetchone()[0])


class AuditBankSighting(models.Model):
    """Taking apart what was taken for one."""

    _inherit = "audit.bank.sighting"

    def action_undo(self):
        """Say that both are not one: the earlier one is again as it was, the later one is one of its own."""
        for sighting in self:
            sighting.transaction_id._check_may_decide()
            sighting._check_may_be_undone()
            sighting.sudo()._undo()
            sighting.transaction_id._log("bank.merge_undone")
        return True

    def _check_may_be_undone(self):
        if self.undone_at or self.kind == "explained":
            raise UserError(_("There is nothing here that could be taken apart."))
        later = self.sudo().search_count(
            [
                ("transaction_id", "=", self.transaction_id.id),
                ("id", ">", self.id),
                ("undone_at", "=", False),
                ("kind", "!=", "explained"),
            ],
            limit=1,
        )
        if later:
            raise UserError(_("The bank told of it once more after that. Take the latest step apart first."))
        if self.kind not in ("reissued", "vouched") and self.transaction_id.posting_state == "posted":
            raise UserError(_("It is posted. Delete its line in the books first, so that nothing stands there twice."))

    def _undo(self):
        transaction = self.transaction_id
        transaction.account_id._lock()
        posting_state = transaction.posting_state
        # What was posted or set aside by then was left as it was, see ``_merge_into``.
        if self.kind != "same" or self.former.get("posting_state") not in ("posted", "ignored"):
            transaction._restore(self.former)
        if posting_state == "posted":
            transaction.posting_state = "posted"
        if self.split_id:
            again = "waiting" if self.split_id.state == "booked" else "none"
            self.split_id.posting_state = again
        else:
            booked = self.seen.get("state") == "booked"
            self.split_id = transaction._split_off({**self.seen, "posting_state": "waiting" if booked else "none"})
        self.write({"undone_at": fields.Datetime.now(), "undone_by_id": self.env.uid})
