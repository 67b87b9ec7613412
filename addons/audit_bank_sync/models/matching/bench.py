from odoo import _, api, models
from odoo.exceptions import UserError

from ...compat import check_access
from ...core.matching import reasons
from ...core.matching.amounts import most_fee
from ...core.matching.values import Settings, Use
from .money import major, minor

MOST_LINES, MOST_FOUND, MOST_AT_ONCE = 200, 12, 2000
BY_HAND = (Use.ITEM.value, Use.FEE.value, "write_off")


class AuditMatchProposal(models.Model):
    """What the work bench asks for. Each method asks for the role first, and reads with the rights of the person."""

    _inherit = "audit.match.proposal"

    @api.model
    def bench_lines(self):
        """Return the open bank lines of the companies at work, oldest first, and what remains in all.

        :return: ``{"lines": [...], "total": count, "remaining": [{"currency_id", "count", "incoming", "outgoing"}],
            "run": when the last search ended}``
        """
        domain = self._bench_domain()
        lines = self.env["account.bank.statement.line"].search(domain, order="internal_index", limit=MOST_LINES)
        best = {}
        proposals = self.search([("state", "=", "open"), ("rank", "=", 0), ("statement_line_ids", "in", lines.ids)])
        for proposal in proposals:
            for line in proposal.statement_line_ids:
                best.setdefault(line.id, proposal)
        run = self.env["audit.match.run"].search([("state", "=", "done")], limit=1)
        return {
            "lines": [self._bench_line(line, best.get(line.id)) for line in lines],
            "total": self.env["account.bank.statement.line"].search_count(domain),
            "remaining": self._bench_remaining(domain),
            "run": run.create_date and run.create_date.isoformat(sep=" ", timespec="seconds") or False,
        }

    @api.model
    def bench_candidates(self, line_id=0):
        """Return the open proposals for a bank line, the one that is meant for it first."""
        line = self._bench_open_line(line_id)
        found = self.search([("state", "=", "open"), ("statement_line_ids", "in", line.ids)])
        return [self._bench_candidate(one, line) for one in found.sorted(lambda one: (one.rank, -one.score))]

    @api.model
    def bench_find(self, line_id=0, text=""):
        """Return open items that a text finds: by number, reference, partner, or amount."""
        line = self._bench_open_line(line_id)
        words = (text or "").strip()
        found = [
            ("company_id", "=", line.company_id.id), ("parent_state", "=", "posted"), ("reconciled", "=", False),
            ("account_id.reconcile", "=", True), ("amount_residual_currency", "!=", 0),
            ("move_id.statement_line_id", "=", False),
            "|", "&", ("account_id.account_type", "in", ("asset_receivable", "liability_payable")),
            ("payment_id", "=", False), "&", ("payment_id", "!=", False),
            ("account_id.account_type", "not in", ("asset_receivable", "liability_payable", "asset_cash")),
        ]  # fmt: skip
        by = [(name, "ilike", words) for name in ("move_id.name", "move_id.ref", "move_id.payment_reference")]
        by += [("partner_id.name", "ilike", words)]
        amount = _number(words)
        if amount is not None:
            by += [("amount_residual_currency", "=", amount), ("amount_residual_currency", "=", -amount)]
        found += ["|"] * (len(by) - 1) + by if words else []
        items = self.env["account.move.line"].search(found, order="date_maturity, id", limit=MOST_FOUND)
        return [self._bench_item(item, line) for item in items]

    @api.model
    def bench_book(self, line_id=0, parts=()):
        """Accept a split that a person put together; return the number of the proposal that stands for it.

        :param parts: list of ``{"use": "item", "item_id", "amount"}``, ``{"use": "fee" | "write_off", "amount"}``, in
            the currency of the line and signed like it; what they leave stays open
        """
        line = self._bench_open_line(line_id)
        self._check_may_decide()
        open_amount = self.env["audit.match.booking"].sudo()._open_amount(line.sudo())
        if not parts or not open_amount:
            raise UserError(_("There is nothing to book: choose at least one open item, a fee or a write-off."))
        vals, total = [], 0
        for part in parts:
            one = self._bench_part(line, part)
            total += minor(one["amount"], line.currency_id.name)
            vals.append(one)
        self._check_each_once(vals)
        self._check_differences(line, vals)
        rest = open_amount - total
        if rest and (rest > 0) != (open_amount > 0):
            raise UserError(
                _("The parts are more than the bank line: take less of an item, or add a fee or write-off.")
            )
        if rest:
            left = major(rest, line.currency_id.name)
            vals.append({"use": Use.UNALLOCATED.value, "amount": left})
        proposal = self.sudo().create(
            {
                "company_id": line.company_id.id, "kind": "manual", "score": 0, "date": line.date,
                "label": line.payment_ref, "amount": major(open_amount, line.currency_id.name),
                "currency_id": line.currency_id.id, "statement_line_ids": [(6, 0, line.ids)],
                "partner_name": line.partner_name or line.partner_id.name,
                "allocation_ids": [(0, 0, {**one, "statement_line_id": line.id}) for one in vals],
            }
        )  # fmt: skip
        proposal = proposal.with_env(self.env)
        proposal._lock()
        reason = proposal._stale()
        if reason:
            raise UserError(_("This no longer fits: %s.", reason))
        proposal._accept()
        return proposal.id

    @api.model
    def bench_match(self):
        """Look for matches now; by a job where there is much. Returns ``{"found": lines}`` or ``{"queued": True}``."""
        domain = self._bench_domain()
        if self.env["account.bank.statement.line"].search_count(domain) > MOST_AT_ONCE:
            for company in self.env.companies:
                self.env["audit.match.run"]._enqueue_one(company.id)
            return {"queued": True}
        Run = self.env["audit.match.run"]
        if not all(Run._may_search(company) for company in self.env.companies):
            return {"queued": True}
        return {"found": sum(Run._match_now(company).found_count for company in self.env.companies)}

    def _bench_domain(self):
        self._check_may_decide()
        companies = ("company_id", "in", self.env.companies.ids)
        return [companies, ("move_id.state", "=", "posted"), ("is_reconciled", "=", False)]

    def _bench_open_line(self, line_id):
        self._check_may_decide()
        line = self.env["account.bank.statement.line"].browse(line_id or ()).exists()
        if not line:
            raise UserError(_("That bank line is gone. Choose another one."))
        check_access(line, "write")
        if line.company_id not in self.env.companies:
            raise UserError(_("Choose the companies at the top of the screen first."))
        return line

    def _bench_line(self, line, best):
        open_amount = self.env["audit.match.booking"]._open_amount(line)
        return {
            "id": line.id,
            "date": str(line.date),
            "label": line.payment_ref or "",
            "partner": line.partner_name or line.partner_id.name or "",
            "account": line.account_number or "",
            "journal": line.journal_id.name,
            "amount": line.amount,
            "open": major(open_amount, line.currency_id.name),
            "currency_id": line.currency_id.id,
            "age": line.audit_age,
            "owner": line.audit_owner_id.name or "",
            "score": round(100 * best.score) if best else 0,
            "level": best.level if best else "",
            "kind": best.kind if best else "",
        }

    def _bench_remaining(self, domain):
        groups = {}
        of_sign = (("incoming", ("amount", ">", 0)), ("outgoing", ("amount", "<=", 0)))
        for name, sign in of_sign:
            found = self.env["account.bank.statement.line"]._read_group(
                [*domain, sign], ["currency_id", "foreign_currency_id"], ["__count", "amount_residual:sum"]
            )
            for own, foreign, count, residual in found:
                currency = (foreign or own).id
                group = groups.setdefault(currency, {"count": 0, "incoming": 0.0, "outgoing": 0.0})
                group["count"] += count
                group[name] -= residual
        return [{"currency_id": currency, **group} for currency, group in groups.items()]

    def _bench_candidate(self, proposal, line):
        words, currency = self.env["audit.match.words"], proposal.currency_id
        parts = [self._bench_allocation(part) for part in proposal.sudo().allocation_ids]
        allocated = sum(part["amount"] for part in parts if part["use"] in (Use.ITEM.value, Use.TRANSFER.value))
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        return {
            "id": proposal.id,
            "kind": proposal.kind,
            "title": kinds[proposal.kind],
            "score": round(100 * proposal.score),
            "margin": round(100 * proposal.margin),
            "level": proposal.level,
            "reasons": [
                {"text": words._sentence(one, currency), "points": round(100 * one["points"])}
                for one in sorted(proposal.reasons or [], key=lambda one: -one["points"])
            ],
            # That nothing happens without a person here is how most work; it need not stand on every proposal.
            "barriers": [
                words._sentence(one, currency)
                for one in proposal.barriers or []
                if one["code"] != reasons.AUTOMATIC_OFF
            ],
            "parts": parts,
            "lines": [
                {"id": one.id, "date": str(one.date), "label": one.payment_ref or "", "amount": one.amount}
                for one in proposal.sudo().statement_line_ids - line.sudo()
            ],
            "partner": proposal.partner_name or "",
            "difference": round(proposal.amount - allocated, 6),
        }

    def _bench_allocation(self, part):
        uses = dict(part._fields["use"]._description_selection(self.env))
        item = part.item_id
        return {
            "id": part.id,
            "line_id": part.statement_line_id.id,
            "use": part.use,
            "title": item.move_id.name or part.account or uses[part.use],
            "use_title": uses[part.use],
            "partner": item.partner_id.name or "",
            "due": str(item.date_maturity or item.date or ""),
            "amount": part.amount,
            "item_id": item.id,
            "item_open": item.amount_residual_currency,
            "item_currency_id": item.currency_id.id,
        }

    def _bench_item(self, item, line):
        left = item.amount_residual_currency
        if item.currency_id != line.currency_id:
            left = item.currency_id._convert(left, line.currency_id, line.company_id, line.date)
        return {
            "item_id": item.id,
            "title": item.move_id.name,
            "reference": item.move_id.ref or item.move_id.payment_reference or "",
            "partner": item.partner_id.name or "",
            "due": str(item.date_maturity or item.date),
            "item_open": item.amount_residual_currency,
            "item_currency_id": item.currency_id.id,
            "amount": left,
        }

    def _bench_part(self, line, part):
        """The values of one part that a person chose, within what a person may choose."""
        use, currency = part.get("use"), line.currency_id
        if use not in BY_HAND:
            raise UserError(_("A bank line is split into open items, fees and write-offs."))
        amount = currency.round(float(part.get("amount") or 0.0))
        values = {"use": use, "amount": amount}
        if use == Use.ITEM.value:
            item = self.env["account.move.line"].browse(part.get("item_id") or ()).exists()
            if not item or item.company_id != line.company_id:
                raise UserError(_("One of the open items is gone. Look for it again."))
            check_access(item, "read")
            most = self._bench_item(item, line)["amount"]
            # The bank converts at a rate of its own: so near to that of the day, all of the item is meant.
            share = Settings().exchange_share if item.currency_id != currency else 0
            near = currency.compare_amounts(abs(amount - most), abs(most) * float(share)) <= 0
            more = currency.compare_amounts(abs(amount), abs(most)) > 0
            if not amount or (amount > 0) != (most > 0) or more and not near:
                raise UserError(_("%s is open with less than that, or the other way round.", item.move_id.name))
            whole, left = near, item.amount_residual_currency
            settles = left if whole else item.currency_id.round(left * amount / most)
            return {**values, "item_id": item.id, "settles": settles}
        if use == Use.FEE.value and amount >= 0:
            raise UserError(_("A fee makes a receipt smaller or a payment larger. Write this difference off instead."))
        return values

    def _check_each_once(self, parts):
        """An item that stands in a split twice is paid with more than the line has, made up for by a false fee."""
        items = [part["item_id"] for part in parts if part["use"] == Use.ITEM.value]
        twice = next((item for item in items if items.count(item) > 1), None)
        if twice:
            name = self.env["account.move.line"].browse(twice).move_id.name
            raise UserError(_("%s is in the split twice: take one of the two out.", name))

    def _check_differences(self, line, parts):
        """Differences have limits, beyond which an approver decides: all of a kind on a bank line together, with those
        that were booked on it before. Sudo: to count what others booked.

        :param parts: values of the parts that are to be booked
        """
        if self.env.user.has_group("audit_connector_base.group_audit_approver"):
            return
        settings = self.env["audit.match.settings"]._of_company(line.company_id)
        name = line.currency_id.name
        limits = {
            Use.FEE.value: most_fee(minor(line.amount, name), name, settings._for_engine()),
            "write_off": minor(settings.write_off_most, name),
        }
        booked = self.env["audit.match.allocation"].sudo().search(
            [("statement_line_id", "=", line.id), ("proposal_id.state", "=", "accepted")]
        )  # fmt: skip
        for use, most in limits.items():
            now = [part["amount"] for part in parts if part["use"] == use]
            before = booked.filtered(lambda part, use=use: part.use == use).mapped("amount")
            if now and sum(abs(minor(amount, name)) for amount in [*now, *before]) > most:
                shown = "%.2f %s" % (major(most, name), name)
                raise UserError(_("More than %s is decided by people with the role Approver.", shown))


def _number(text):
    """An amount as people write it, None where it is none."""
    plain = text.replace(" ", "").replace("'", "")
    if "," in plain and plain.rfind(",") > plain.rfind("."):
        plain = plain.replace(".", "").replace(",", ".")
    try:
        return float(plain.replace(",", ""))
    except ValueError:
        return None
