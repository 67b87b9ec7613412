from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

from ...compat import check_access
from ...core.matching import reasons
from ...core.matching.learning import lessons
from ...core.matching.values import Settings, Use
from ...core.matching.words import account_number
from .collecting import bank_lines, open_items
from .money import minor
from .proposal import ACCEPTED, OPEN

LINE_LOCK, ITEM_LOCK = 1_634_562_401, 1_634_562_402
"""First keys of the advisory locks: a bank line, and an open item, that somebody is deciding on."""
TRANSFERS = ("own_transfer", "sweep")


class AuditMatchProposal(models.Model):
    """Accepting, refusing and undoing.

    Sudo where entries are written: whoever may write the bank lines decides, and every decision stands in the log. Two
    people who decide on the same line or item at once: one wins, the other is told.
    """

    _inherit = "audit.match.proposal"

    def action_accept(self):
        """Book what is proposed. What no longer fits is set aside instead, and the answer says so."""
        self._check_may_decide()
        self._lock()
        stale = []
        for proposal in self:
            proposal._check_open()
            if proposal.kind == "duplicate":
                raise UserError(
                    _(
                        "“%s” repeats another line: delete the one that the bank did not book, or refuse this.",
                        proposal.display_name,
                    )
                )
            reason = proposal._stale()
            if reason:
                proposal.sudo().state = "superseded"
                stale.append("%s: %s" % (proposal.display_name, reason))
            else:
                proposal._accept()
        return self._told(stale) if stale else True

    def action_refuse(self):
        """Say that this is not what the lines pay; it is not proposed again. The reason has to be given before."""
        self._check_may_decide()
        self._lock()
        for proposal in self:
            proposal._check_open()
            if not (proposal.refusal_reason or "").strip():
                raise UserError(_("Say why “%s” is wrong before you refuse it.", proposal.display_name))
        self._decide("refused")
        return True

    def action_undo(self):
        """Take an accepted match back, with all that was matched of the same lines, and what was learned from it."""
        self._check_may_decide()
        self._lock()
        for proposal in self:
            if proposal.state != ACCEPTED:
                raise UserError(_("“%s” is not accepted, so there is nothing to undo.", proposal.display_name))
        self._undo()
        return True

    def _accept(self, by_odoo=False):
        """Book an open proposal that is not stale, learn from it, and set aside what it made impossible."""
        self.ensure_one()
        mine = self.sudo()
        taught = [] if by_odoo else self._lessons()
        booking, booked = mine.env["audit.match.booking"], []
        for line in mine.statement_line_ids:
            parts = mine.allocation_ids.filtered(lambda part, line=line: part.statement_line_id == line)
            booked += booking._book(line, parts)
        if mine.kind in TRANSFERS:
            sides = [item for part, item in booked if part.use == Use.TRANSFER.value]
            sides = mine.env["account.move.line"].concat(*sides)
            if len(sides) == 1:
                sides |= mine._side_booked_before(sides)
            if len(sides) > 1:
                sides.reconcile()
        mine.write({"booked_ids": [item.id for _part, item in booked], "by_odoo": by_odoo})
        self.env["audit.match.lesson"].sudo().create(
            [
                {
                    "company_id": mine.company_id.id, "proposal_id": mine.id, "partner_id": lesson.partner_id,
                    "kind": lesson.kind, "key": lesson.key,
                }
                for lesson in taught
            ]
        )  # fmt: skip
        self._decide(ACCEPTED)
        mine._set_rivals_aside()

    def _side_booked_before(self, side):
        """Return the open journal item of the other side of a transfer, where that was booked before this one.

        :param side: the item that was booked on the account for transfers now
        :return: nothing where none, or more than one, could be it: then a person reconciles them
        """
        none, line = side.browse(), self.statement_line_ids
        if not side.account_id.reconcile:
            return none
        days = timedelta(days=Settings().transfer_days)
        found = side.search(
            [
                ("account_id", "=", side.account_id.id),
                ("company_id", "=", side.company_id.id),
                ("currency_id", "=", side.currency_id.id),
                ("parent_state", "=", "posted"),
                ("reconciled", "=", False),
                ("journal_id", "!=", side.journal_id.id),
                ("move_id.statement_line_id", "!=", False),
                ("date", ">=", line.date - days),
                ("date", "<=", line.date + days),
            ]
        )
        wanted = account_number(next(filter(None, self.allocation_ids.mapped("account")), ""))
        found = found.filtered(
            lambda one: (
                side.currency_id.is_zero(one.amount_residual_currency + side.amount_residual_currency)
                and (not wanted or account_number(one.journal_id.bank_account_id.acc_number or "") in ("", wanted))
            )
        )
        return found if len(found) == 1 else none

    def _undo(self):
        """Undo accepted proposals and all accepted ones that share a line with them. Sudo: see the class."""
        mine = self.sudo()
        lines, found = mine.statement_line_ids, mine
        while True:
            found = mine.search([("state", "=", ACCEPTED), ("statement_line_ids", "in", lines.ids)]) | found
            if found.statement_line_ids == lines:
                break
            lines = found.statement_line_ids
        lines.filtered(lambda line: line._seek_for_lines()[2]).action_undo_reconciliation()
        found._taken_back()
        found._propose_again()

    def _propose_again(self):
        """What was undone is open to be decided once more, by a person; the next search judges it anew."""
        undone = {"code": reasons.UNDONE, "points": 0.0, "values": {}}
        for proposal in self.sudo().filtered("signature"):
            parts = [(0, 0, part.copy_data()[0]) for part in proposal.allocation_ids]
            barriers = [one for one in proposal.barriers or () if one["code"] != reasons.UNDONE]
            again = proposal.copy(
                {"state": OPEN, "level": "suggest", "barriers": [*barriers, undone], "allocation_ids": parts}
            )
            if again._stale():
                again.state = "superseded"

    def _taken_back(self, elsewhere=False):
        """Note that accepted matches no longer stand, and forget what they taught.

        ``elsewhere``: somebody undid them in Accounting, so who it was is not known here.
        """
        mine = self.sudo()
        self.env["audit.match.lesson"].sudo().search([("proposal_id", "in", mine.ids)]).unlink()
        mine.write(
            {
                "state": "undone", "undone_by_id": not elsewhere and self.env.uid,
                "undone_at": fields.Datetime.now(), "booked_ids": False,
            }
        )  # fmt: skip
        mine._log("match.undone", actor="system/matching" if elsewhere else None)

    def _decide(self, state):
        values = {"state": state, "decided_by_id": self.env.uid, "decided_at": fields.Datetime.now()}
        self.sudo().write(values)
        by_odoo = self.filtered("by_odoo") if state == ACCEPTED else self.browse()
        by_odoo._log("match.automatic", actor="system/matching")
        (self - by_odoo)._log("match.%s" % state)

    def _check_may_decide(self):
        """Matches are decided by people of the company who have a role in Audit and may write its bank lines."""
        if not self.env.user.has_group("audit_connector_base.group_audit_user"):
            raise UserError(_("Only people with a role in Audit decide on matches."))
        try:
            check_access(self.env["account.bank.statement.line"], "write")
        except AccessError as error:
            raise UserError(
                _("A match is booked on the bank line, so people decide on it who may write bank lines in Accounting.")
            ) from error
        check_access(self, "read")
        check_access(self.statement_line_ids, "write")

    def _check_open(self):
        if self.state == ACCEPTED:
            by = self.sudo().decided_by_id.name
            raise UserError(_("“%(match)s” was accepted by %(person)s already.", match=self.display_name, person=by))
        if self.state != OPEN:
            raise UserError(_("“%s” was decided already, or no longer fits.", self.display_name))

    def _lock(self):
        """Keep others from deciding on the same lines and items until this transaction ends.

        Whoever comes later within the same moment is refused here; whoever began earlier and comes after the commit is
        refused by PostgreSQL (both write the same rows), tried again by Odoo, and then finds the decision.
        """
        mine = self.sudo()
        keys = [(LINE_LOCK, line_id) for line_id in mine.statement_line_ids.ids]
        keys += [(ITEM_LOCK, item_id) for item_id in mine.allocation_ids.item_id.ids]
        for kind, record_id in sorted(keys):
            self.env.cr.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [kind, record_id])
            if not self.env.cr.fetchone()[0]:
                raise UserError(_("Somebody else is deciding on the same line or item right now. Try again."))
        self.invalidate_recordset(["state"])

    def _stale(self):
        """Return why an open proposal no longer fits, None when it does. Sudo: see the class."""
        mine = self.sudo()
        booking = self.env["audit.match.booking"].sudo()
        if not mine.statement_line_ids:
            return _("the bank line is gone")
        for line in mine.statement_line_ids:
            parts = mine.allocation_ids.filtered(lambda part, line=line: part.statement_line_id == line)
            open_amount = booking._open_amount(line)
            if not open_amount:
                return _("“%s” is matched already", line.payment_ref or line.display_name)
            if sum(minor(part.amount, line.currency_id.name) for part in parts) != open_amount:
                return _("what is open of “%s” has changed", line.payment_ref or line.display_name)
        wanted = {}
        for part in mine.allocation_ids.filtered(lambda part: part.use == Use.ITEM.value):
            if not part.item_id:
                return _("an open item is gone")
            wanted[part.item_id] = wanted.get(part.item_id, 0) + minor(part.settles, part.item_currency_id.name)
        for item, amount in wanted.items():
            left = minor(item.amount_residual_currency, item.currency_id.name)
            if item.parent_state != "posted" or item.reconciled or (left > 0) != (amount > 0):
                return _("%s is paid already", item.move_id.name)
            if abs(left) < abs(amount):
                return _("less is open of %s than before", item.move_id.name)
        return None

    def _set_rivals_aside(self):
        """Open proposals for the same lines, and those whose items are no longer open enough, fit no longer."""
        mine = self.sudo()
        shared = ["|", ("statement_line_ids", "in", mine.statement_line_ids.ids)]
        shared += [("allocation_ids.item_id", "in", mine.allocation_ids.item_id.ids)]
        rivals = mine.search([("state", "=", OPEN), *shared])
        rivals.filtered(lambda rival: rival._stale()).write({"state": "superseded"})

    def _lessons(self):
        """What the match of one line teaches; of several lines each its own."""
        mine = self.sudo()
        items = mine.allocation_ids.item_id
        if not items:
            return []
        of_line = {line.id: line for line in bank_lines(self.env, mine.company_id, mine.statement_line_ids.ids)}
        of_item = {item.id: item for item in open_items(self.env, mine.company_id, items.ids)}
        found = {}
        for line in mine.statement_line_ids.filtered(lambda one: one.id in of_line):
            parts = mine.allocation_ids.filtered(lambda part, line=line: part.statement_line_id == line)
            paid = [of_item[item_id] for item_id in parts.item_id.ids if item_id in of_item]
            found.update(dict.fromkeys(lessons(of_line[line.id], paid)))
        return list(found)

    def _log(self, kind, actor=None):
        """An entry for each bank line and each document that a proposal is about. Sudo: past who may read which."""
        for proposal in self.sudo():
            moves = proposal.statement_line_ids.move_id | proposal.allocation_ids.item_id.move_id
            facts = {
                "match": proposal.id,
                "kind": proposal.kind,
                "score": round(100 * proposal.score),
                "amount": "%.2f" % proposal.amount,
                "currency": proposal.currency_id.name or "",
                "line": proposal.label or "",
                "date": str(proposal.date or ""),
                "with": proposal.partner_name or "",
                "pays": proposal.item_names or "",
                "reason": proposal.refusal_reason or "",
                "by": self.env.user.sudo().name or "",
                "parts": [
                    {
                        "use": part.use, "amount": "%.2f" % part.amount, "currency": part.currency_id.name or "",
                        "item": part.item_id.move_id.name or "",
                    }
                    for part in proposal.allocation_ids
                ],
            }  # fmt: skip
            subjects = [(move._name, move.id) for move in moves] or [(proposal._name, proposal.id)]
            self.env["audit.log.entry"]._append_facts(
                kind, [(proposal.company_id, subject, facts) for subject in subjects], actor=actor
            )

    @api.model
    def _told(self, sentences):
        """The answer of a button that did less than it was asked to."""
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "sticky": True,
                "title": _("Set aside, as it no longer fits"),
                "message": "\n".join(sentences),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }
