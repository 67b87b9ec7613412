import datetime
import random
from decimal import Decimal
from unittest.mock import patch

from odoo.addons.audit_bank_sync.core.bank_files import identity
from odoo.addons.audit_bank_sync.core.staging import pairing
from odoo.addons.audit_bank_sync.core.staging.candidates import Candidates

DAY = datetime.date(2026, 3, 2)


def subscription(number, run=0):
    """One of many collections of the same amount on the same day."""
    of_bank, own = frozenset({"B%d-%d" % (run, number)}), frozenset({"E%d-%d" % (run, number)})
    amount = Decimal("9.99")
    return identity.Keys(amount, "", True, DAY, DAY, of_bank, own, "DE%d" % number, "subscription", 1)


def any_entry(chance):
    """One with little variety, so that many have something in common and many lack something."""
    days = [None, DAY, DAY, DAY + datetime.timedelta(days=1)]
    return identity.Keys(
        Decimal(chance.choice(["9.99", "9.99", "5.00"])), "", chance.random() < 0.7, chance.choice(days),
        chance.choice(days), frozenset(chance.sample(["B1", "B2", "B3", "B4"], chance.randint(0, 2))),
        frozenset(chance.sample(["E1", "E2", "E3"], chance.randint(0, 2))),
        chance.choice([None, "DE1", "DE2", "DE3"]), chance.choice(["", "rent", "invoice", "fee"]), chance.randint(1, 2),
    )  # fmt: skip


def test_none_that_may_be_the_entry_is_left_out():
    chance, found, wanted = random.Random(4711), 0, 0
    for _round in range(40):
        known, fresh = ([any_entry(chance) for _one in range(120)] for _side in range(2))
        # One that says nothing but its amount and day says the same as another such one.
        known[0] = fresh[0] = fresh[0]._replace(
            bank_references=frozenset(), references=frozenset(), counterparty=None, text=""
        )
        alone = set(chance.sample(range(120), 12))
        candidates = Candidates(known, alone)
        for keys in fresh:
            may_be = {
                index
                for index, other in enumerate(known)
                if identity.score(other, keys)[0] >= identity.MAYBE
                or other == keys
                or (index in alone and other.amount == keys.amount and other.date == keys.date)
            }
            looked_at = set(candidates.of(keys))
            assert may_be <= looked_at
            wanted, found = wanted + len(may_be), found + len(looked_at)
    assert 10_000 < wanted < found


def test_thousands_of_equal_amounts_of_a_day_are_not_scored_with_one_another():
    known = [subscription(number) for number in range(2000)]
    scored = []

    def score(one, other, score=identity.score):
        scored.append(other)
        return score(one, other)

    with patch.object(identity, "score", score):
        again = pairing.pairs(known, known[:500])
        others = pairing.pairs(
            known, [subscription(number, run=1)._replace(counterparty="FR") for number in range(500)]
        )
    assert len(again) == 500 and all(pair.same and pair.fresh == pair.known for pair in again)
    assert others == []
    assert len(scored) < 2000
