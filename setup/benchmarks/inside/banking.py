"""Makes bank files, stages them and posts their lines. Runs inside Odoo (``env`` is given), with our addons or not."""

import gc
import sys
import time

from answering import answer
from ground import as_person, make_company, members, person
from lxml import etree

from odoo import Command

IBAN = "DE89370400440532013000"
DAY = "2026-03-%02d"
MONTHS = 20  # from January 2025 on: each file is the statement of another one
ENTRY = """<Ntry><NtryRef>%(n)d</NtryRef><Amt Ccy="%(currency)s">%(amount)s</Amt><CdtDbtInd>CRDT</CdtDbtInd>
<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>%(day)s</Dt></BookgDt><ValDt><Dt>%(day)s</Dt></ValDt>
<AcctSvcrRef>%(run)d-%(n)010d</AcctSvcrRef>
<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd>
<NtryDtls><TxDtls><Refs><EndToEndId>INV-%(run)d-%(n)d</EndToEndId></Refs><Amt Ccy="%(currency)s">%(amount)s</Amt>
<CdtDbtInd>CRDT</CdtDbtInd><RltdPties><Dbtr><Pty><Nm>Customer %(n)d GmbH</Nm></Pty></Dbtr>
<DbtrAcct><Id><IBAN>DE75512108001245126199</IBAN></Id></DbtrAcct></RltdPties>
<RmtInf><Ustrd>Invoice INV/%(run)d/%(n)d of the month, thank you for the quick delivery</Ustrd></RmtInf>
</TxDtls></NtryDtls></Ntry>
"""
HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><GrpHdr><MsgId>%(message)s</MsgId>
<CreDtTm>2026-03-31T21:30:00</CreDtTm></GrpHdr><Stmt><Id>S%(run)d</Id><ElctrncSeqNb>%(run)d</ElctrncSeqNb>
<Acct><Id><IBAN>%(iban)s</IBAN></Id><Ccy>%(currency)s</Ccy></Acct>
"""
TAIL = "</Stmt></BkToCstmrStmt></Document>"


class Desk:
    """Where bank files arrive; each transaction is one of its own, as a request's is."""

    def __init__(self, env):
        self.env, self.registry = env, env.registry

    def prepare(self):
        """Make a company with a bank journal, once."""
        env = self.env
        self.person_id = person(env)
        env.ref("account.group_account_user").write({members(env): [Command.link(self.person_id)]})
        self.currency = env.company.currency_id.name
        journal = env["account.journal"].search([("code", "=", "BNCH")])
        if not journal:
            make_company(env)
            journal = env["account.journal"].create(
                {"name": "Bench", "code": "BNCH", "type": "bank", "bank_acc_number": IBAN}
            )
        self.journal_id = journal.id
        self.posted = 0
        env.cr.commit()

    def keep(self, count, number, again):
        """Keep a file of ``count`` entries; ``again``: as a message of its own that says the same. Returns its id."""
        run = number + 1
        month = "%d-%02d-%%02d" % (2025 + number % MONTHS // 12, number % MONTHS % 12 + 1)
        words = {"run": run, "currency": self.currency, "iban": IBAN, "message": "M%d-%d" % (run, again)}
        entries = "".join(
            ENTRY % {**words, "n": n, "amount": "%d.%02d" % (n % 5000 + 1, n % 100), "day": month % (n % 28 + 1)}
            for n in range(count)
        )
        data = (HEAD % words + entries + TAIL).encode()
        with self.registry.cursor() as cr:
            env = as_person(cr, self.person_id)
            return env["audit.bank.file"]._receive(env.company, "bench.xml", data)[0].id

    def stage(self, file):
        """Read a kept file; returns the seconds, and the MiB that the process took at its peak beyond before."""
        gc.collect()
        with open("/proc/self/clear_refs", "w") as peak:
            peak.write("5")
        before = _peak()
        began = time.perf_counter()
        with self.registry.cursor() as cr:
            kept = as_person(cr, self.person_id)["audit.bank.file"].browse(file)
            kept._import()
            if kept.state != "imported" or kept.read_count != kept.new_count + kept.known_count:
                raise AssertionError("the file was not read: %s" % kept.line_ids.mapped("message"))
        return {"seconds": time.perf_counter() - began, "grown": (_peak() - before) / 1024}

    def parse(self, file):
        """Seconds that lxml alone takes for a kept file: what it says of the machine."""
        with self.registry.cursor() as cr:
            kept = as_person(cr, self.person_id)["audit.bank.file"].sudo().browse(file)
            began = time.perf_counter()
            with kept._opened() as stream:
                for _event, element in etree.iterparse(stream, tag="{*}Ntry", resolve_entities=False):
                    element.clear()
            return time.perf_counter() - began

    def create_bare(self, count):
        """Lines a second that Odoo's own model makes of values that are at hand."""
        self.posted += 1
        values = [
            {
                "journal_id": self.journal_id,
                "date": DAY % (n % 28 + 1),
                "amount": n % 5000 + 1 + n % 100 / 100,
                "payment_ref": "Invoice INV/%d/%d of the month, thank you for the quick delivery" % (self.posted, n),
                "partner_name": "Customer %d GmbH" % n,
                "account_number": "DE75512108001245126199",
                "ref": "INV-%d-%d" % (self.posted, n),
            }
            for n in range(count)
        ]
        gc.collect()
        began = time.perf_counter()
        with self.registry.cursor() as cr:
            as_person(cr, self.person_id)["account.bank.statement.line"].create(values)
        return count / (time.perf_counter() - began)

    def post(self, count):
        """Lines a second that our addons post of transactions that wait."""
        gc.collect()
        with self.registry.cursor() as cr:
            waiting = as_person(cr, self.person_id)["audit.bank.transaction"].search(
                [("posting_state", "=", "waiting")], limit=count, order="id"
            )
            ids = waiting.ids
        if len(ids) < count:
            raise AssertionError("too few transactions wait")
        began = time.perf_counter()
        with self.registry.cursor() as cr:
            lines = as_person(cr, self.person_id)["audit.bank.transaction"].browse(ids)._post()
            made = len(lines)
        if made != count:
            raise AssertionError("%d of %d lines were posted" % (made, count))
        return count / (time.perf_counter() - began)


def _peak():
    """Most memory that the process held since it was last asked to forget it, in KiB (Linux)."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))


desk = Desk(env)  # noqa: F821 - given by the shell that runs this
answer(
    sys.argv[1:],
    {
        "prepare": desk.prepare,
        "keep": desk.keep,
        "stage": desk.stage,
        "parse": desk.parse,
        "create_bare": desk.create_bare,
        "post": desk.post,
    },
)
