import hashlib
import logging
from datetime import date
from enum import Enum

from odoo import models
from odoo.exceptions import UserError

from ...core.matching import reasons
from ...core.matching.values import Level
from .inserting import insert_proposals
from .money import major
from .proposal import ACCEPTED, OPEN

_logger = logging.getLogger(__name__)
_PLAIN = frozenset({str, int, float, bool, type(None)})


class AuditMatchProposal(models.Model):
    """Keeping what a search found. Sudo throughout: only searches call it, see ``audit.match.run``.

    A proposal that says the same as before stays the same record, so that whoever has it on the screen can still
    accept it. What was refused is not proposed again; what is no longer found is set aside.
    """

    _inherit = "audit.match.proposal"

    def _store(self, company, given, result):
        """Store the proposals of one search.

        :param given: ``collecting.Collected``
        :param result: what ``match`` returned for it
        """
        refused = self.search([("company_id", "=", company.id), ("state", "=", "refused")])
        found = self._found(result, set(refused.mapped("signature")))
        known = {one.signature: one for one in self.search([("company_id", "=", company.id), ("state", "=", OPEN)])}
        gone = self.browse([one.id for signature, one in known.items() if signature not in found])
        gone.write({"state": "superseded"})
        context = _Context(self.env, given)
        fresh = []
        for signature, (rank, proposal) in found.items():
            if signature not in known:
                fresh.append((signature, rank, proposal))
                continue
            values = context.judgement(rank, proposal)
            changed = {name: value for name, value in values.items() if known[signature][name] != value}
            if changed:
                known[signature].write(changed)
        self.flush_model()
        insert_proposals(self.env, company, map(context.whole, fresh), len(fresh))

    def _left_to_people(self, company, result):
        """Return ``result`` with nothing certain of lines of which a match was undone, here or in Accounting.

        Somebody looked at such a line and disagreed; whatever is proposed for it now, that person decides.
        """
        undone = self.search(
            [
                ("company_id", "=", company.id),
                ("state", "=", "undone"),
                ("statement_line_ids.is_reconciled", "=", False),
            ]
        ).statement_line_ids
        theirs = set(undone.ids)
        return {
            line_id: tuple(
                _with_barrier(one, reasons.UNDONE) if theirs.intersection(one.line_ids) else one for one in of_line
            )
            for line_id, of_line in result.items()
        }

    def _found(self, result, refused):
        """Return ``{signature: (place in the list of its line, proposal)}``, each proposal once, none refused."""
        found = {}
        for of_line in result.values():
            signed = [(_signature(proposal), proposal) for proposal in of_line]
            for rank, (signature, proposal) in enumerate(one for one in signed if one[0] not in refused):
                if signature not in found or rank < found[signature][0]:
                    found[signature] = (rank, proposal)
        return found

    def _accept_certain(self, company):
        """Carry out what is certain; return how many. What cannot be booked stays for a person."""
        certain = [("company_id", "=", company.id), ("state", "=", OPEN), ("level", "=", "automatic"), ("rank", "=", 0)]
        done = 0
        for proposal in self.search(certain):
            try:
                with self.env.cr.savepoint():
                    proposal._lock()
                    if proposal.state == OPEN and not proposal._stale():
                        proposal._accept(by_odoo=True)
                        done += 1
            except UserError as error:
                _logger.info("A certain match was left to a person: %s", error)
                proposal._note_not_booked(str(error))
        return done

    def _note_not_booked(self, why):
        """Show what kept a certain match from being booked. The next search tries again, as it may be repaired."""
        barrier = {"code": reasons.NOT_BOOKED, "points": 0.0, "values": {"why": why[:500]}}
        self.write({"level": "suggest", "barriers": [*(self.barriers or ()), barrier]})

    def _notice_undone(self, company):
        """Matches that somebody undid in Accounting, by Odoo's own button, are taken back here as well."""
        accepted = self.search(
            [
                ("company_id", "=", company.id), ("state", "=", ACCEPTED),
                ("statement_line_ids.is_reconciled", "=", False),
            ]
        )  # fmt: skip
        booked = [item_id for one in accepted for item_id in one.booked_ids or ()]
        self.env.cr.execute("SELECT id FROM account_move_line WHERE id = ANY(%s)", [booked])
        there = {item_id for (item_id,) in self.env.cr.fetchall()}
        undone = accepted.filtered(lambda one: one.booked_ids and there.isdisjoint(one.booked_ids))
        if undone:
            undone._taken_back(elsewhere=True)


class _Context:
    """What turns proposals of the engine into values of records: currencies, lines and items by id."""

    def __init__(self, env, given):
        currencies = env["res.currency"].with_context(active_test=False).search([])
        self._currencies = {currency.name: currency.id for currency in currencies}
        self._lines = {line.id: line for line in given.lines}
        self._items = {item.id: item for item in given.items}
        self._names = {partner.id: partner.names[:1] for partner in given.partners}

    def judgement(self, rank, proposal):
        """What a further search may see differently."""
        return {
            "rank": rank,
            "level": proposal.level.value,
            "score": round(proposal.score, 4),
            "margin": round(proposal.margin, 4),
            "reasons": [_plain(reason) for reason in proposal.reasons],
            "barriers": [_plain(barrier) for barrier in proposal.barriers],
        }

    def whole(self, found):
        """A new proposal ``(signature, rank, proposal)`` as ``insert_proposals`` takes it."""
        signature, rank, proposal = found
        values = {**self.judgement(rank, proposal), **self.content(proposal), "signature": signature}
        return values, proposal.line_ids, [self.part(part) for part in proposal.allocations]

    def content(self, proposal):
        """What makes a proposal this one."""
        lines = [self._lines[line_id] for line_id in proposal.line_ids]
        first = lines[0]
        partners = {self._items[item_id].partner_id for item_id in proposal.item_ids}
        known = self._names.get(next(iter(partners)), ()) if len(partners) == 1 else ()
        return {
            "kind": proposal.kind.value,
            "other_line_id": proposal.other_line_id if proposal.kind.value == "duplicate" else None,
            "date": first.booked_on,
            "partner_name": known[0] if known else first.counterparty_name or None,
            "label": first.text or None,
            "amount": major(sum(line.amount for line in lines), first.currency),
            "currency_id": self._currencies[first.currency],
        }

    def part(self, part):
        """A part of a line and its use, as values of ``audit.match.allocation``."""
        currency = self._lines[part.line_id].currency
        values = {
            "statement_line_id": part.line_id, "use": part.use.value, "amount": major(part.amount, currency),
            "account": part.account or None,
        }  # fmt: skip
        if part.item_id is not None:
            settles = major(part.settles, self._items[part.item_id].currency)
            values.update(item_id=part.item_id, settles=settles)
        return values


def _signature(proposal):
    """What a proposal says, as one text: the same lines, the same items, the same amounts."""
    parts = sorted(
        (part.line_id, part.use.value, part.item_id or 0, part.amount, part.settles) for part in proposal.allocations
    )
    said = (proposal.kind.value, tuple(sorted(proposal.line_ids)), tuple(parts))
    return hashlib.sha256(repr(said).encode()).hexdigest()[:32]


def _with_barrier(proposal, code):
    barriers = (*proposal.barriers, reasons.reason(code))
    return proposal._replace(barriers=barriers, level=Level.SUGGEST)


def _plain(reason):
    """A reason as it is stored."""
    values = {name: value if type(value) in _PLAIN else _plain_value(value) for name, value in reason.values}
    return {"code": reason.code, "points": reason.points, "values": values}


def _plain_value(value):
    if isinstance(value, Enum):
        return value.value
    return value.isoformat() if isinstance(value, date) else value
