"""The client of NextGenPSD2 against the sandbox bank, over HTTP."""

import datetime
from decimal import Decimal

import pytest

from odoo.addons.audit_bank_sync.core.bank_api import failures, members
from odoo.addons.audit_bank_sync.core.bank_files import balances, identity
from odoo.addons.audit_bank_sync.core.bank_files.problems import Unreadable
from odoo.addons.audit_bank_sync.core.tests import bank_api_common as common
from odoo.addons.audit_bank_sync.core.tests.bank_api_common import BEGIN, END, failure


def fetch(client, begin=BEGIN, end=END):
    (offered,) = client.accounts()
    return client.transactions(offered, begin, end)


def test_a_consent_is_asked_for_and_good_once_its_owner_agrees(bank):
    client = common.psd2_client(bank)
    begun = client.begin_consent(common.RETURN, common.UNTIL, 4)
    assert client.consent(begun.id).state == "waiting"
    assert bank.answer(begun.link) == common.RETURN
    consent = client.consent(begun.id)
    assert (consent.state, consent.until, consent.calls_a_day) == ("good", common.UNTIL, 4)


def test_the_bank_may_grant_less_than_was_asked_for(banks):
    client = common.consented(banks(consent_days=90))
    assert client.consent(client._consent_id).until == common.TODAY + datetime.timedelta(days=90)


@pytest.mark.parametrize(
    ("word", "state"), [("revokedByPsu", "revoked"), ("expired", "expired"), ("terminatedByTpp", "revoked")]
)
def test_a_consent_that_ended_is_told_from_an_outage(bank, word, state):
    client = common.consented(bank)
    (offered,) = client.accounts()
    bank.order(end_consents=word)
    failed = failure(client.transactions, offered, BEGIN, END)
    assert (failed.kind, failed.consent, failed.again) == (failures.CONSENT, state, False)
    assert client.consent(client._consent_id).state == state


def test_a_refused_consent_opens_nothing(bank):
    client = common.psd2_client(bank)
    begun = client.begin_consent(common.RETURN, common.UNTIL, 4, refused_url="https://odoo.example.com/no")
    assert bank.answer(begun.link, agree=False) == "https://odoo.example.com/no"
    assert client.consent(begun.id).state == "refused"
    assert failure(common.psd2_client(bank, begun.id).accounts).kind == failures.CONSENT


def test_a_consent_runs_out_on_its_day(bank):
    client = common.consented(bank)
    bank.order(today="2027-03-02")
    assert failure(client.accounts).consent == "expired"


def test_all_pages_are_read_and_each_entry_says_what_the_bank_said(bank):
    client = common.consented(bank)
    fetched = fetch(client)
    entries = list(fetched)
    assert [entry.amount for entry in entries] == [
        Decimal("-3.20"), Decimal("-3.20"), Decimal("-7.77"), Decimal("1190.00"), Decimal("-850.00")
    ]  # fmt: skip
    assert sum("page" in one["query"] for one in bank.asked()) == 2
    rent, paid = entries[4], entries[3]
    assert (rent.booking_date, rent.value_date) == (datetime.date(2026, 11, 3), datetime.date(2026, 11, 2))
    assert (rent.status, rent.role, rent.bank_reference) == ("booked", "booking", "b1")
    assert (rent.code.domain, rent.code.family, rent.code.subfamily) == ("PMNT", "ICDT", "STDO")
    detail = rent.details[0]
    assert (detail.references.end_to_end_id, detail.remittance) == ("RENT-11", ("Rent 11/2026",))
    other = identity.counterparty(rent)
    assert (other.name, other.account, other.bank) == ("Haus & Hof GmbH", common.OTHER, "INGDDEFFXXX")
    assert paid.details[0].remittance == ("Invoice", "INV/2026/0007")
    assert [(one.reference, one.kind) for one in paid.details[0].structured] == [("RF18539007547034", "SCOR")]
    assert "balanceAfterTransaction" in rent.raw


def test_two_equal_transactions_are_number_one_and_two(bank):
    entries = list(fetch(common.consented(bank)))
    assert sorted(entry.occurrence for entry in entries if entry.amount == Decimal("-3.20")) == [1, 2]


def test_opening_and_closing_balance_of_the_period_tie_with_what_was_booked(bank):
    fetched = fetch(common.consented(bank))
    (statement,) = fetched.statements
    assert (statement.opening.amount, statement.closing.amount) == (Decimal("1000.00"), Decimal("1325.83"))
    assert balances.tie(statement).agrees is True
    assert fetched.findings.list == []


def test_a_closing_balance_that_does_not_fit_is_reported_and_kept(banks):
    fetched = fetch(common.consented(banks(balance_error="0.01")))
    assert [one.code for one in fetched.findings.list] == ["balance-differs"]
    assert fetched.statements[0].closing.amount == Decimal("1325.84")


def test_of_balances_those_that_frame_the_period_are_kept(bank):
    client = common.consented(bank)
    (offered,) = client.accounts()
    told = client.balances(offered)
    assert [one.kind for one in told] == ["CLBD", "OPBD", "ITBD", "ITAV"]
    framed = members.framing(told, BEGIN, common.TODAY)
    assert [(one.kind, one.date) for one in framed[:1]] == [("CLBD", common.TODAY - datetime.timedelta(days=1))]
    assert [one.kind for one in framed[1:]] == ["ITBD", "ITAV"]
    framed = members.framing(told, common.TODAY, common.TODAY)
    assert [(one.kind, one.amount) for one in framed[:2]] == [("PRCD", told[0].amount), ("OPBD", told[1].amount)]


def test_balances_are_asked_for_apart_where_they_do_not_come_along(banks):
    client = common.consented(banks(balances_apart=True))
    fetched = fetch(client, common.TODAY, common.TODAY)
    assert [one.kind for one in fetched.page.balances] == ["PRCD", "OPBD", "ITBD", "ITAV"]
    assert [one.counts for one in client.calls] == [False, True, False]


def test_without_balances_the_movements_come_all_the_same(banks):
    bank = banks(balances_apart=True)
    bank.fault("balances", "503")
    fetched = fetch(common.consented(bank))
    assert fetched.page.entries == 5
    assert [one.code for one in fetched.findings.list] == ["balances-missing"]


def test_what_was_announced_is_booked_under_another_id_and_recognised(banks):
    bank = banks(transactions=[{**common.PAID, "reissued": [["2026-11-18", "b2-new"]]}])
    client = common.consented(bank)
    bank.order(today="2026-11-09")
    (announced,) = fetch(client)
    assert (announced.status, announced.role, announced.bank_reference) == ("pending", "pending", "p2")
    bank.order(today="2026-11-11")
    (booked,) = fetch(client)
    bank.order(today="2026-11-19")
    (reissued,) = fetch(client)
    assert [one.bank_reference for one in (booked, reissued)] == ["b2", "b2-new"]
    for known, fresh in ((announced, booked), (booked, reissued)):
        score, reasons = identity.score(identity.keys(known), identity.keys(fresh))
        assert score >= identity.SAME, reasons


def test_a_late_posting_shows_in_the_overlap(bank):
    client = common.consented(bank)
    bank.order(today="2026-11-15")
    before = {entry.bank_reference for entry in fetch(client)}
    bank.order(today="2026-11-19")
    assert {entry.bank_reference for entry in fetch(client)} - before == {"b4"}


def test_the_fifth_unattended_call_of_a_day_is_refused_and_the_next_day_is_not(bank):
    client = common.consented(bank)
    (offered,) = client.accounts()
    for _number in range(4):
        client.transactions(offered, BEGIN, END)
    assert client.calls[-3].headers["x-ratelimit-remaining"] == "0"
    failed = failure(client.transactions, offered, BEGIN, END)
    assert (failed.kind, failed.code, failed.again) == (failures.BUDGET, "ACCESS_EXCEEDED", True)
    attended = common.psd2_client(bank, client._consent_id, attended={"PSU-IP-Address": "192.0.2.7"})
    assert attended.transactions(offered, BEGIN, END).page.entries == 5
    bank.order(days=1)
    assert client.transactions(offered, BEGIN, END).page.entries == 5


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        ("503", failures.OUTAGE),
        ("reset", failures.OUTAGE),
        ("truncated", failures.ANSWER),
        ("html", failures.ANSWER),
        ("401", failures.ACCESS),
        ("404", failures.REQUEST),
    ],
)
def test_what_fails_is_told_by_who_can_do_something(bank, mode, kind):
    client = common.consented(bank)
    (offered,) = client.accounts()
    bank.fault("transactions", mode)
    failed = failure(client.transactions, offered, BEGIN, END)
    assert failed.kind == kind
    assert failed.again == (kind in (failures.OUTAGE, failures.ANSWER))
    assert client.transactions(offered, BEGIN, END).page.entries == 5


def test_an_outage_on_a_later_page_gives_nothing_at_all(bank):
    client = common.consented(bank)
    (offered,) = client.accounts()
    bank.fault("transactions", "503", page=2)
    failed = failure(client.transactions, offered, BEGIN, END)
    assert (failed.kind, failed.retry_after) == (failures.OUTAGE, 60)
    assert [one.counts for one in client.calls] == [False, True, False]


def test_a_period_that_the_bank_does_not_have_is_a_wrong_request(bank):
    failed = failure(fetch, common.consented(bank), datetime.date(2010, 1, 1))
    assert (failed.kind, failed.code) == (failures.REQUEST, "PERIOD_INVALID")


@pytest.mark.parametrize(
    ("wrong", "code", "place"),
    [
        ({"transactionAmount": {"amount": "+5.00", "currency": "EUR"}}, "amount-invalid", "transactionAmount.amount"),
        ({"transactionAmount": {"amount": "1,19", "currency": "EUR"}}, "amount-invalid", "transactionAmount.amount"),
        ({"transactionAmount": {"amount": "5.00", "currency": "E"}}, "currency-invalid", "transactionAmount.currency"),
        ({"transactionAmount": {"amount": "5.00", "currency": "USD"}}, "currency-mixed", None),
        ({"bookingDate": "10.11.2026"}, "date-invalid", "bookingDate"),
        ({"bookingDate": None, "valueDate": None}, "date-missing", None),
        ({"debtorAccount": "none"}, "member-invalid", "debtorAccount"),
    ],
)
def test_one_transaction_that_cannot_be_read_voids_the_whole_and_is_named(banks, wrong, code, place):
    bank = banks(transactions=[common.RENT, {**common.PAID, "extra": wrong}])
    with pytest.raises(Unreadable) as caught:
        fetch(common.consented(bank))
    (problem,) = caught.value.problems
    assert problem.code == code
    assert problem.path is None or problem.path.endswith(place or "booked[1]")


def test_a_link_to_the_next_page_never_leads_to_another_host(bank):
    client = common.consented(bank)
    for link in ("https://elsewhere.example/v1", "//elsewhere.example/x", "http://127.0.0.1:1/v1", "", None, 5):
        assert failure(client._caller.follow, "/v1/accounts/giro/transactions", link).kind == failures.ANSWER
    here = bank.url + "/v1/accounts/giro/transactions"
    assert client._caller.follow(here, "?page=2") == here + "?page=2"


def test_a_link_that_begins_at_the_host_stays_below_the_base():
    caller = common.bank_interface.Client(common.dialler(), "https://bank.example/xs2a").__dict__["_caller"]
    assert caller.follow("/v1/accounts", "/v1/accounts?p=2") == "https://bank.example/xs2a/v1/accounts?p=2"
    assert caller.follow("/v1/accounts", "/xs2a/v1/accounts?p=2") == "https://bank.example/xs2a/v1/accounts?p=2"


def test_calls_are_noted_without_what_they_carried(bank):
    client = common.consented(bank)
    fetch(client)
    said = client.calls[-1]
    assert (said.method, said.status) == ("GET", 200)
    assert said.target == bank.url + "/v1/accounts/giro/transactions"
    assert client._consent_id not in repr(client.calls)


def test_consents_survive_a_restart_of_the_bank(bank):
    client = common.consented(bank)
    bank.stop()
    bank.start()
    assert fetch(client).page.entries == 5
