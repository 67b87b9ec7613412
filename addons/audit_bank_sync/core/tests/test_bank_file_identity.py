import pytest

from odoo.addons.audit_bank_sync.core.bank_files import identity
from odoo.addons.audit_bank_sync.core.tests.bank_file_samples import (
    IBAN,
    OTHER,
    camt,
    entry,
    part,
    read,
    statement,
    transaction,
)

THIRD = "NL91ABNA0417164300"


def inside(reference="R1", end_to_end="E1", text="Invoice 1", account=OTHER):
    party = (
        "<RltdPties><Dbtr><Pty><Nm>Anna</Nm></Pty></Dbtr><DbtrAcct><Id><IBAN>%s</IBAN></Id></DbtrAcct></RltdPties>"
        % account
    )
    remittance = "<RmtInf><Ustrd>%s</Ustrd></RmtInf>" % text
    said = "<AcctSvcrRef>%s</AcctSvcrRef>" % reference if reference else ""
    return "%s<NtryDtls>%s</NtryDtls>" % (said, transaction("10.00", inside=party + remittance, end_to_end=end_to_end))


def keys(amount="10.00", day="2026-03-31", status="BOOK", occurrence=1, **said):
    data = statement(*[entry(amount, status="<Cd>%s</Cd>" % status, day=day, inside=inside(**said))] * occurrence)
    return identity.keys(read(data).entries[-1])


def score(one, other):
    return identity.score(one, other)[0]


def test_the_same_entry_in_two_files_is_one():
    assert score(keys(), keys()) >= identity.SAME


def test_a_pending_entry_is_found_again_when_it_is_booked():
    pending = keys(status="PDNG", day="2026-03-30", reference="")
    assert score(pending, keys()) >= identity.SAME


def test_a_pending_entry_may_be_booked_under_another_number_on_a_later_day():
    pending = keys(status="PDNG", day="2026-03-30", reference="P-1")
    assert score(pending, keys()) >= identity.SAME
    assert score(keys(day="2026-03-30", reference="P-1"), keys()) < identity.SAME


def test_what_is_announced_after_a_booking_like_it_is_another_one():
    assert score(keys(), keys(status="PDNG", day="2026-04-03", reference="P-1")) < identity.SAME


def test_an_entry_with_a_reissued_reference_is_still_one():
    assert score(keys(), keys(reference="R2")) >= identity.SAME


@pytest.mark.parametrize("other", [{"amount": "10.01"}, {"day": "2026-04-01"}])
def test_another_amount_or_booking_day_is_another_entry(other):
    assert score(keys(), keys(**other)) == 0


def test_a_reference_that_repeats_every_month_does_not_make_one():
    assert score(keys(), keys(day="2026-04-30", reference="")) == 0


def test_a_payment_of_somebody_else_with_the_same_amount_and_day_is_another():
    other = keys(reference="R2", end_to_end="E2", text="Invoice 2", account=THIRD)
    assert score(keys(), other) < identity.MAYBE


def test_two_equal_real_lines_are_two():
    first, second = keys(reference=""), keys(reference="", occurrence=2)
    assert score(first, first) >= identity.SAME
    assert score(first, second) < identity.MAYBE


def test_the_bank_knows_better_which_of_two_equal_lines_is_meant():
    assert score(keys(), keys(occurrence=2)) >= identity.SAME


def test_a_score_says_its_reasons():
    _score, reasons = identity.score(keys(), keys(reference="R2"))
    assert "same reference" in reasons and "another bank's reference" in reasons


def parties(debtor, creditor, way="CRDT", more=""):
    said = "".join(
        "<%s><Pty><Nm>%s</Nm></Pty></%s><%sAcct><Id><IBAN>%s</IBAN></Id></%sAcct>"
        % (role, name, role, role, number, role)
        for role, (name, number) in (("Dbtr", debtor), ("Cdtr", creditor))
    )
    detail = transaction("10.00", inside="<RltdPties>%s</RltdPties>%s" % (said, more))
    data = camt(part(entry("10.00", way, inside="<NtryDtls>%s</NtryDtls>" % detail)))
    return identity.counterparty(read(data).entries[0])


US, THEM, NOBODY = ("Us", IBAN), ("Them", OTHER), ("Nobody", THIRD)
RETURN = "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>"


def test_the_party_with_our_account_is_us():
    assert parties(THEM, US).name == "Them"
    assert parties(US, THEM, "DBIT").name == "Them"
    # a transfer that came back: the roles are still those of the transfer
    assert parties(US, THEM, "CRDT", RETURN).name == "Them"
    # also when the bank does not say that it is one
    assert parties(US, THEM, "CRDT").name == "Them"
    assert parties(THEM, US, "DBIT").name == "Them"


def test_without_our_account_the_sign_decides_and_a_return_turns_it():
    assert parties(THEM, NOBODY).name == "Them"
    assert parties(NOBODY, THEM, "DBIT").name == "Them"
    assert parties(NOBODY, THEM, "CRDT", RETURN).name == "Them"
