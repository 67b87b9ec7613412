"""The proposals for one bank line: the items that its keys bring, each weighed, and the sums that it may pay."""

from . import evidence as points
from . import reasons
from .amounts import fit, most_fee
from .combining import sums
from .evidence import Evidence
from .values import Kind, Proposal, Use

_ONLY_OWN_KEYS = frozenset((reasons.END_TO_END, reasons.MANDATE, reasons.STRUCTURED, reasons.BATCH))
_GOOD_FIT = 0.24
"""Points of an amount from which no sum of other items is looked for, when the partner is known too."""


class Proposer:
    """Makes proposals for lines, out of what does not change from line to line."""

    def __init__(self, items, partners, learned, rates, settings):
        self.items, self._partners, self._learned = items, partners, learned
        self._rates, self._settings = rates, settings

    def propose(self, line):
        """Return the proposals for a line, the best first, and its ``Evidence``.

        What is a little too weak to be shown is kept too: it may be the second best by which the best is measured.
        """
        evidence = Evidence(line, self._partners, self.items, self._learned)
        proposals, fits_well = [], False
        for place in self._candidates(line, evidence):
            proposal = self._one(line, place, evidence)
            if proposal:
                proposals.append(proposal)
                fits_well = fits_well or any(
                    reason.code.startswith("amount") and reason.points >= _GOOD_FIT for reason in proposal.reasons
                )
        if not line.is_return:
            for found in sums(line, evidence, self.items, self._settings, fits_well):
                proposals.append(self._many(line, found, evidence))
        least = self._settings.suggest_at - self._settings.margin
        kept = [proposal for proposal in proposals if proposal.score >= least]
        return sorted(kept, key=lambda proposal: -proposal.score), evidence

    def _candidates(self, line, evidence):
        if line.is_return:
            return [place for place, reason in evidence.named.items() if reason.code in _ONLY_OWN_KEYS]
        found = list(evidence.named)
        for partner in evidence.partners:
            found += self._of_partner(line, partner.partner_id)
        if not evidence.partners or not found:
            # Whom an amount alone brings is looked at for its name, and is nothing without one.
            found += self.items.of_amount(line.currency, line.amount)
            if line.original_amount is not None:
                found += self.items.of_amount(line.original_currency, line.original_amount)
        return dict.fromkeys(found)

    def _of_partner(self, line, partner_id):
        """The items of a partner that the amount of the line could pay in full, each kind of difference considered."""
        yield from self.items.exactly(partner_id, line.currency, line.amount, line.booked_on)
        # The limit is measured on the item, which is a little more than the line.
        most = line.amount + most_fee(line.amount * 2, line.currency, self._settings)
        yield from self.items.of_partner(partner_id, line.currency, line.amount + 1, most)
        if line.charges:
            expected = line.amount + line.charges
            yield from self.items.of_partner(partner_id, line.currency, expected, expected)
        yield from self._foreign(line, partner_id)

    def _foreign(self, line, partner_id):
        """The items of a partner in other currencies that this amount could be, as instructed or by the rate."""
        for currency in self.items.currencies_of(partner_id):
            if currency == line.currency:
                continue
            amount, spread = line.original_amount, 0
            if currency != line.original_currency or amount is None:
                amount = self._rates.convert(line.amount, line.currency, currency, line.booked_on)
                if amount is None:
                    continue
                # Wider than the limit, which is measured the other way round.
                spread = int(2 * abs(amount) * self._settings.exchange_share) + 1
            yield from self.items.of_partner(partner_id, currency, amount - spread, amount + spread)

    def _one(self, line, place, evidence):
        item = self.items.items[place]
        reference = evidence.reference(place)
        named = reference is not None and reference.points >= points.NAMED
        fitting = fit(line, item, self._settings, self._rates, named)
        if not fitting:
            return None
        because = [
            reference, fitting.reason, evidence.partner(item.partner_id), evidence.date(item), evidence.currency(item),
            evidence.against(place),
        ]  # fmt: skip
        return _proposal(fitting.kind, line, fitting.allocations, because)

    def _many(self, line, found, evidence):
        chosen = [self.items.items[place] for place in found.places]
        if found.in_batch:
            named = [reasons.reason(reasons.BATCH, points.BATCH, value=line.batch_reference)]
        else:
            named = shared(evidence.named.get(place) for place in found.places)
        partners = {item.partner_id for item in chosen}
        partner = evidence.partner(chosen[0].partner_id) if len(partners) == 1 else None
        last = max(chosen, key=lambda item: item.due_on)
        because = [*named, found.reason, partner, evidence.date(last), evidence.currency(chosen[0])]
        if not named:
            because.append(evidence.against(found.places[0]))
        return _proposal(Kind.ONE_TO_MANY, line, found.allocations, because)


def shared(references):
    """Return the reasons of several items or lines with their points shared, so that together they weigh as one."""
    references = list(references)
    return [
        reason._replace(points=round(reason.points / len(references), 4)) for reason in references if reason is not None
    ]


def score(because):
    """Return the score of reasons, from 0 to 1."""
    return round(max(0.0, min(1.0, sum(reason.points for reason in because))), 4)


def differences(proposal):
    """Return the uses of a proposal's parts that are neither an item nor a transfer."""
    return [part for part in proposal.allocations if part.use not in (Use.ITEM, Use.TRANSFER)]


def _proposal(kind, line, allocations, because):
    because = tuple(reason for reason in because if reason is not None)
    return Proposal(kind, (line.id,), allocations, score(because), because)
