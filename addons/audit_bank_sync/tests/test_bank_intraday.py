from odoo.tests import tagged

from ..core.tests import bank_file_samples as samples
from .bank_case import BankCase

DAY = "2026-03-31"


@tagged("post_install", "-at_install")
class TestBankIntraday(BankCase):
    """What a bank tells in the course of a day is replaced by the statement of its end, and never has to add up."""

    def report(self, *entries, number="R1", **balances):
        """A camt.052; ``balances``: kind → amount."""
        said = "".join(samples.balance(kind, amount, currency=self.currency) for kind, amount in balances.items())
        head = "<Id>%s</Id><ElctrncSeqNb>%s</ElctrncSeqNb>" % (number, number[1:])
        owner = samples.account(currency=self.currency)
        return samples.camt(samples.part(said + "".join(entries), kind="052", head=head, owner=owner), kind="052")

    def referenced(self, amount="10.00", reference="REF-1", **options):
        inside = "<AcctSvcrRef>%s</AcctSvcrRef><NtryDtls>%s</NtryDtls>" % (
            reference,
            samples.transaction(end_to_end="E-%s" % reference),
        )
        return self.entry(amount, inside=inside, **options)

    def mt(self, kind, *lines):
        """An MT message: ``lines`` between the number of the statement and its end."""
        head = "{1:F01COBADEFFAXXX0000000000}{2:I%sCOBADEFFXXXXN}{4:\n:20:R\n:25:%s\n:28C:7/1\n" % (kind, samples.IBAN)
        return (head + "\n".join(lines) + "\n-}").encode()

    def test_interim_balances_never_tie_whatever_they_are(self):
        self.receive(self.statement(self.entry("10.00", day="2026-03-30"), day="2026-03-30"), "before.xml")
        self.assertEqual((self.account.bank_balance, self.account.bank_balance_kind), (110.0, "CLBD"))
        told = {"OPBD": "110.00", "ITBD": "999.00", "ITAV": "5.00"}
        window = self.receive(self.report(self.referenced(), **told), "report.xml").window_ids
        self.assertEqual((window.kind, window.agreement, window.difference), ("report", "unknown", 0.0))
        self.assertFalse(self.env["audit.exception"]._about_bank("bank_balance", window))
        kept = (self.account.bank_balance, self.account.bank_balance_kind)
        self.assertEqual(kept, (110.0, "CLBD"), "what has to agree with the books is the last closing balance")
        self.assertFalse(self.account.window_ids.filtered(lambda one: one.state == "missing"))

    def test_pending_turned_intraday_turned_booked_is_one_transaction_posted_once(self):
        self.receive(self.report(self.referenced(status="<Cd>PDNG</Cd>"), number="R1"), "morning.xml")
        (announced,) = self.transactions()
        self.assertEqual((announced.state, announced.posting_state), ("pending", "none"))
        self.account.posting = "auto"
        self.receive(self.report(self.referenced(), number="R2", ITBD="110.00"), "noon.xml")
        self.assertEqual((announced.state, announced.posting_state), ("intraday", "none"), "the statement is to come")
        self.assertFalse(announced.statement_line_id)
        file = self.receive(self.statement(self.referenced()), "evening.xml")
        self.assertEqual(self.transactions(), announced)
        self.assertEqual((announced.state, announced.posting_state), ("booked", "posted"))
        self.assertEqual((file.promoted_count, file.new_count), (1, 0))
        self.assertEqual(announced.window_id, file.window_ids)
        self.assertEqual((file.window_ids.agreement, announced.statement_line_id.amount), ("agrees", 10.0))
        self.receive(self.report(self.referenced(), number="R3", ITBD="110.00"), "late.xml")
        self.assertEqual((announced.state, len(self.transactions())), ("booked", 1), "a late report takes nothing back")

    def test_an_mt942_is_booked_by_the_mt940_of_the_evening(self):
        moved = ":61:2603310331C10,00NTRFE-1//B-1", ":86:Invoice 7"
        limit = ":34F:%s0,\n:13D:2603311200+0100" % self.currency
        window = self.receive(self.mt("942", limit, *moved), "noon.sta").window_ids
        (told,) = self.transactions()
        self.assertEqual((told.state, told.posting_state), ("intraday", "none"))
        self.assertEqual((window.kind, window.agreement), ("report", "unknown"))
        opening, closing = (
            ":%s:C%s%s%s,00" % (tag, day, self.currency, amount)
            for tag, day, amount in (("60F", "260330", "100"), ("62F", "260331", "110"))
        )
        evening = self.receive(self.mt("940", opening, *moved, closing), "evening.sta").window_ids
        self.assertEqual(self.transactions(), told)
        self.assertEqual((told.state, told.posting_state), ("booked", "waiting"))
        self.assertEqual((evening.agreement, evening.promoted_count), ("agrees", 1))

    def test_what_was_told_in_the_day_and_is_not_in_the_statement_stays_unposted(self):
        self.receive(self.report(self.referenced("10.00", "REF-1"), self.referenced("7.00", "REF-2")), "noon.xml")
        self.receive(self.statement(self.referenced("10.00", "REF-1")), "evening.xml")
        states = {one.amount: (one.state, one.posting_state) for one in self.transactions()}
        self.assertEqual(states, {10.0: ("booked", "waiting"), 7.0: ("intraday", "none")})
