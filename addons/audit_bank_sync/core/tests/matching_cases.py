"""The cases of the generator: each adds items, the lines that pay them, and the truth about these lines."""

from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal

from odoo.addons.audit_bank_sync.core.matching.values import Detail, Discount

from . import matching_noise as noise
from .matching_truth import DAYS, OUR_ACCOUNTS, OUR_NAME, START, Label


def number_named(make):
    payer = _local(make)
    item = make.item(payer)
    _pay(make, "number_named", payer, item, text=noise.text(make.rng, make.number(item)))


def number_mangled(make):
    payer = _local(make)
    item = make.item(payer)
    _pay(make, "number_mangled", payer, item, text=noise.text(make.rng, noise.mangled(make.rng, make.number(item))))


def number_mistyped(make):
    payer = _local(make)
    item = make.item(payer)
    _pay(make, "number_mistyped", payer, item, text=noise.text(make.rng, noise.mistyped(make.rng, make.number(item))))


def structured(make):
    payer, rng = _local(make), make.rng
    reference = rng.choice((noise.rf_reference, noise.qrr_reference, noise.ogm_reference))(rng)
    item = make.item(payer, references=(reference,))
    if rng.random() < 0.6:
        _pay(make, "structured", payer, item, references=(reference,))
    else:
        _pay(make, "structured", payer, item, text=noise.text(rng, noise.printed(rng, reference)))


def end_to_end(make):
    payer = _local(make, supplier=True)
    reference = "P%012d" % make.rng.randrange(10**12)
    item = make.item(payer, end_to_end_id=reference)
    _pay(make, "end_to_end", payer, item, end_to_end_id=reference, text=noise.text(make.rng))


def mandate(make):
    """Collections under one mandate, of which some are still under way."""
    payer, rng = _local(make, supplier=False), make.rng
    name = "M-%08d" % rng.randrange(10**8)
    amount = make.amount()
    for sequence in range(1, rng.randrange(2, 5)):
        item = make.item(payer, amount=amount, mandate_id=name, sequence=str(sequence))
        if rng.random() < 0.7:
            _pay(make, "mandate", payer, item, mandate_id=name, sequence=str(sequence))


def nothing_named(make):
    payer = _local(make)
    _pay(make, "nothing_named", payer, make.item(payer), text=noise.text(make.rng))


def partial(make):
    payer, rng = _local(make), make.rng
    item = make.item(payer)
    paid = int(item.amount * rng.uniform(0.1, 0.9)) or item.amount
    said = noise.text(rng, make.number(item), rng.choice(("Teilzahlung", "Akonto", "1. Rate", "part payment", "")))
    _pay(make, "partial", payer, item, paid, text=said)


def instalments(make):
    payer, rng = _local(make), make.rng
    item = make.item(payer)
    first = int(item.amount * rng.uniform(0.2, 0.8)) or item.amount
    day = make.paid_on(item)
    for place, amount in enumerate((first, item.amount - first)):
        if amount:
            said = noise.text(rng, make.number(item) if rng.random() < 0.9 else "", f"Rate {place + 1}")
            day += timedelta(days=rng.randrange(12) * place)
            make.line(payer, amount, day, make_label("instalments", (item.id, amount)), text=said)


def several_named(make):
    payer, rng = _local(make), make.rng
    items = _some_items(make, payer, rng.choice((2, 2, 2, 3, 3, 4, 6, 9)))
    total = sum(item.amount for item in items)
    if rng.random() < 0.15 and abs(total) > 2000:
        credit = make.item(payer, amount=-total // rng.randrange(5, 20))
        items.append(credit)
    _pay_several(make, "several_named", payer, items, text=noise.text(rng, *map(make.number, items)))


def several_unnamed(make):
    payer, rng = _local(make), make.rng
    items = _some_items(make, payer, rng.choice((2, 2, 3, 4)))
    _pay_several(make, "several_unnamed", payer, items, text=noise.text(rng))


def batch(make):
    """Payments that were sent together and booked as one; half of the banks pass the details on."""
    rng = make.rng
    payers = [_local(make, supplier=True) for _ in range(rng.randrange(3, 25))]
    name = "PMT%010d" % rng.randrange(10**10)
    items = [
        make.item(payer, batch_reference=name, end_to_end_id="%s-%d" % (name, place))
        for place, payer in enumerate(payers)
    ]
    known = {"batch_reference": name}
    if rng.random() < 0.5:
        details = tuple(Detail(item.amount, item.end_to_end_id) for item in items)
        known = {"details": details, **(known if rng.random() < 0.5 else {})}
    _pay_several(
        make, "batch", payers[0], items, counterparty_iban="", counterparty_name="", text="SAMMELUEBERWEISUNG", **known
    )


def fee(make):
    payer = _local(make)
    item = make.item(payer)
    most = min(500, abs(item.amount) // 200)
    if most:
        taken = make.rng.randrange(1, most + 1)
        _pay(make, "fee", payer, item, item.amount - taken, item.amount, text=noise.text(make.rng, make.number(item)))


def charges(make):
    """A fee that is too high to be taken for one, but the bank says so."""
    payer = _local(make, supplier=False)
    item = make.item(payer)
    taken = make.rng.choice((1200, 1500, 2500))
    if item.amount > 2 * taken:
        said = noise.text(make.rng, make.number(item))
        _pay(make, "charges", payer, item, item.amount - taken, item.amount, text=said, charges=taken)


def discount(make, days=0):
    payer, rng = _local(make), make.rng
    item = make.item(payer)
    less = Decimal(item.amount) * rng.choice((Decimal("0.02"), Decimal("0.03")))
    less = int(less.to_integral_value(ROUND_HALF_UP))
    until = item.dated_on + timedelta(days=rng.choice((8, 10, 14)))
    item = make.replace(item, discounts=(Discount(less, until),))
    day = until + timedelta(days=days or rng.randrange(-7, 4))
    paid = item.amount - less
    settled = item.amount if not days else paid
    said = noise.text(rng, make.number(item) if rng.random() < 0.9 else "")
    _pay(make, "discount_late" if days else "discount", payer, item, paid, settled, text=said, booked_on=day)


def discount_late(make):
    """A discount that was taken when its days were long over: the rest is still owed."""
    discount(make, days=make.rng.randrange(6, 30))


def foreign(make):
    """An item in USD that is paid in EUR, at the bank's rate and not at that of the books."""
    if not make.foreign_payers:
        return
    rng = make.rng
    payer = rng.choice(make.foreign_payers)
    item = make.item(payer)
    day = make.paid_on(item)
    paid = int(item.amount * make.rate(day) * Decimal(str(1 + rng.uniform(-0.008, 0.008))))
    known = {"original_amount": item.amount, "original_currency": "USD"} if rng.random() < 0.5 else {}
    said = noise.text(rng, make.number(item) if rng.random() < 0.8 else "")
    _pay(make, "foreign", payer, item, paid, item.amount, text=said, booked_on=day, **known)


def paid_twice(make):
    payer, rng = _local(make), make.rng
    item = make.item(payer)
    said = noise.text(rng, make.number(item) if rng.random() < 0.8 else "")
    first = _pay(make, "paid_twice", payer, item, text=said)
    days = rng.choice((0, 1, 2, 3, 7, 8, 20))
    label = make_label("repeated")._replace(other=first.id)
    if not days:
        # Nobody can tell which of the two is the one too many.
        make.labels[first.id] = make.labels[first.id]._replace(also=((),))
        label = label._replace(also=(((item.id, item.amount),),))
    given = first._replace(id=0, booked_on=first.booked_on + timedelta(days=days))._asdict()
    given.update(id=make.new_id(), bank_reference="B%09d" % rng.randrange(10**9))
    make.line(payer, given.pop("amount"), given.pop("booked_on"), label, **given)


def missing(make):
    """A payment for something that is not in the books, or not any more."""
    payer, rng = make.payer(), make.rng
    number = (
        "INV/2026/%05d" % rng.randrange(70000, 99999)
        if not payer.supplier
        else payer.series.format(n=rng.randrange(1, 900), month=5)
    )
    amount = payer.regular_amount or make.amount()
    day = _some_day(make)
    said = noise.text(rng, *([number] if rng.random() < 0.6 else []))
    make.line(payer, -amount if payer.supplier else amount, day, make_label("missing"), text=said)


def closed_reference(make):
    """A structured reference of an item that is closed, and an amount that another item has as well."""
    payer, rng = _local(make, supplier=False), make.rng
    item = make.item(payer)
    reference = (noise.rf_reference(rng),)
    make.line(payer, item.amount, make.paid_on(item), make_label("closed_reference"), references=reference)


def wrong_number(make):
    """The payer copied the number of another invoice; now and then that one has the same amount."""
    payer, rng = _local(make), make.rng
    item = make.item(payer)
    other = make.item(payer, amount=item.amount) if rng.random() < 0.3 else make.item(payer)
    _pay(make, "wrong_number", payer, item, text=noise.text(rng, make.number(other)))


def somebody_elses(make):
    """A parent, a spouse or a factoring bank pays, with the right number."""
    payer, other = _local(make), make.payer()
    item = make.item(payer)
    _pay(make, "somebody_elses", other, item, text=noise.text(make.rng, make.number(item)))


def overpaid(make):
    payer, rng = _local(make), make.rng
    item = make.item(payer)
    paid = item.amount + (item.amount // rng.randrange(3, 20) or item.amount)
    _pay(make, "overpaid", payer, item, paid, item.amount, text=noise.text(rng, make.number(item)))


def transfer(make, code="", case="transfer"):
    """Money between two own accounts; one of the sides may come later than these lines."""
    rng = make.rng
    ours = list(OUR_ACCOUNTS)
    rng.shuffle(ours)
    amount, day = make.amount(), _some_day(make)
    sides = []
    for account, other, sign in ((ours[0], ours[1], -1), (ours[1], ours[0], 1)):
        if sides and rng.random() < 0.1:
            continue
        known = {
            "account": account, "bank_code": code, "counterparty_name": OUR_NAME, "text": noise.text(rng, "Umbuchung"),
            "counterparty_iban": other if rng.random() < 0.85 or code else "",
        }  # fmt: skip
        booked = day + timedelta(days=rng.choice((0, 0, 0, 1, 3)) if sides else 0)
        sides.append(make.line(make.payers[0], sign * amount, booked, make_label(case), **known))
    if len(sides) == 2:
        for line, other in (sides, reversed(sides)):
            make.labels[line.id] = make.labels[line.id]._replace(other=other.id)


def sweep(make):
    transfer(make, "CAMT/ACCB/%s" % make.rng.choice(("ZABA", "SWEP")), "sweep")


def make_label(case, *settled):
    return Label(case, settled)


def _local(make, supplier=None):
    """A partner of the house currency, and of one kind where that is asked."""
    while True:
        payer = make.payer()
        if not payer.foreign and supplier in (None, payer.supplier):
            return payer


def _pay(make, case, payer, item, paid=None, settled=None, booked_on=None, **given):
    paid = item.amount if paid is None else paid
    label = make_label(case, (item.id, paid if settled is None else settled))
    return make.line(payer, paid, booked_on or make.paid_on(item), label, **given)


def _pay_several(make, case, payer, items, **given):
    label = make_label(case, *((item.id, item.amount) for item in items))
    day = max(make.paid_on(item) for item in items)
    return make.line(payer, sum(item.amount for item in items), day, label, **given)


def _some_items(make, payer, count):
    """Items of some weeks, such as are paid together."""
    first = _some_day(make)
    days = [first + timedelta(days=make.rng.randrange(40)) for _ in range(count)]
    return [make.item(payer, dated_on=day, due_on=day + timedelta(days=30)) for day in days]


def _some_day(make):
    return START + timedelta(days=make.rng.randrange(DAYS))
