from datetime import timedelta
from decimal import Decimal
from itertools import groupby, islice
from operator import attrgetter

from odoo import fields

from ...core.bank_files import checks, identity
from ...core.bank_files.joining import Statement
from ...core.bank_files.statement import NOTIFICATION, REPORT, STATEMENT
from ...core.staging import following, pairing
from ...core.staging.ahead import Ahead
from ...core.staging.copying import as_copied
from ...core.staging.rows import COLUMNS, keys_of_row, row
from .seen_again import as_far_as_it_may, what_changed
from .staging_queries import CHANGE, COPY, FRAMES, KNOWN, ROW

CHUNK = 1500  # entries that are written by one statement; memory stays at this many
# Entries that go through one step before they go through the next: a processor that does one thing at a time finds in
# its caches what it needs for that. Each of these rounds has to be at hand as a whole, so they are small.
ROUND = 100
COPIED = 128 * 1024  # characters that the database takes at once; for each time, who reads on has to stop
NEAR = timedelta(days=12)  # around the days of a chunk; beyond, nothing is the same any more
KINDS = {STATEMENT: "statement", REPORT: "report", NOTIFICATION: "notification"}


class Stretch:
    """The window that is being filled, and what became of its entries."""

    def __init__(self, window, account):
        self.window = window
        self.account = account
        self.counts = dict.fromkeys(("entry_count", "new_count", "known_count", "promoted_count", "doubt_count"), 0)
        self.days = set()
        self.pages = {}

    def frame(self):
        """Its balances as far as they are read, as a ``following.Frame``; None of what is no statement."""
        if self.window.kind != "statement":
            return None
        statement = Statement(list(self.pages.values()))
        return following.Frame(*(one and one.amount for one in (statement.opening, statement.closing)))


class Staging:
    """Takes the entries of a reading into the staging table: what is new, what was known, what is booked by now.

    One for each reading. Used as the superuser, in one transaction: where it raises, nothing of it may stay.

    :param account_of: function ``Page -> audit.bank.account``, nothing where it is none of ours (and said so itself)
    :param window: the ``audit.bank.window`` that is being fetched, for a reading that is no file
    :param progress: called with the number of entries that were read, before each chunk is written
    """

    def __init__(self, env, account_of, file=None, window=None, progress=None):
        self.env = env
        self.file = file
        self.stretches = []
        self.new_ids = []
        self.changed_ids = []
        self.seen_ids = set()
        self._account_of = account_of
        self._fetch_window = window
        self._progress = progress
        self._trusted = not file or file.posts_by_rule
        env["audit.bank.file"].flush_model(["posts_by_rule"])
        self._by_key = {}
        self._page = self._stretch = None
        self._rows = []
        self._keys = []
        self._busy = {}
        self._copying = Ahead()
        self._today = fields.Date.today()
        self._now = fields.Datetime.now()

    def run(self, reading):
        """Write all entries of ``reading``; raises ``Unreadable`` when it is not whole or names an unknown account."""
        with self._copying:
            self._run(reading)
        reading.findings.raise_errors()
        return self

    def _run(self, reading):
        count = 0
        entries = iter(reading)
        while read := list(islice(entries, min(ROUND, CHUNK))):
            for page, group in groupby(read, key=attrgetter("page")):
                if page is not self._page:
                    self._open(page)
                if self._stretch is not None:
                    count += self._add(list(group), reading.findings)
            if len(self._rows) >= CHUNK:
                self._copying.wait()
                if self._progress:
                    self._progress(count)
                self._flush()
        self._flush()
        for page in reading.pages:
            if page.index not in self._by_key:
                self._open(page)

    def _add(self, entries, findings):
        """Make rows of ``entries`` of the current page; returns their number."""
        for entry in entries:
            checks.check_entry(entry, self._today, findings)
        keys = list(map(identity.keys, entries))
        self._rows += map(row, entries, keys)
        self._keys += keys
        return len(entries)

    def stretch_of(self, page):
        """The ``Stretch`` that a page went into, None for one of an unknown account."""
        return self._by_key.get(page.index)

    def _open(self, page):
        """Turn to the window of ``page``; pages of one statement share one, unless the same page comes twice."""
        self._flush()
        self._copying.wait()
        self._page = page
        account = self._account_of(page)
        if not account:
            self._by_key[page.index] = self._stretch = None
            return
        self._stretch = self._shared(page, account) or self._new(page, account)
        self._by_key[page.index] = self._stretch
        self._stretch.pages[page.page_number] = page

    def _shared(self, page, account):
        if page.page_number is None or self._fetch_window:
            return None
        for stretch in reversed(self.stretches):
            first = next(iter(stretch.pages.values()))
            same = stretch.account == account and first.kind == page.kind and first.number == page.number
            if same and page.number and page.page_number not in stretch.pages:
                return stretch
        return None

    def _new(self, page, account):
        if account.id not in self._busy:
            account._lock()
            self._busy[account.id] = self._has_rows(account)
        else:
            self._busy[account.id] = True
        window = self._fetch_window or self.env["audit.bank.window"].create(
            {
                "account_id": account.id,
                "file_id": self.file.id if self.file else False,
                "kind": KINDS[page.kind],
                "state": "fetched",
                "number": page.number or page.statement_id,
            }
        )
        stretch = Stretch(window, account)
        self.stretches.append(stretch)
        return stretch

    def _has_rows(self, account):
        self.env.cr.execute("SELECT 1 FROM audit_bank_transaction WHERE account_id = %s LIMIT 1", [account.id])
        return bool(self.env.cr.rowcount)

    def _flush(self):
        """Write what was gathered for the current window."""
        rows, keys, stretch = self._rows, self._keys, self._stretch
        self._rows, self._keys = [], []
        if not rows:
            return
        self._copying.wait()
        stretch.counts["entry_count"] += len(rows)
        stretch.days.update(one.date for one in keys if one.date)
        known = self._known(stretch, keys) if self._busy[stretch.account.id] else []
        pairs = self._pairs(stretch, known, keys)
        if not self._trusted:
            pairs = [as_far_as_it_may(pair, known[pair.known], rows[pair.fresh]) for pair in pairs]
        found = {pair.fresh: pair for pair in pairs}
        fresh = []
        for index, values in enumerate(rows):
            pair = found.get(index)
            if pair is None:
                fresh.append((*values, None, None))
            elif not pair.same:
                stretch.counts["doubt_count"] += 1
                fresh.append(self._doubtful(values, known[pair.known], pair))
        if fresh:
            self._insert(stretch, fresh)
        same = [pair for pair in found.values() if pair.same]
        if same:
            self._copying.wait()
            self._meet_again(stretch, same, known, rows, keys)

    def _pairs(self, stretch, known, keys):
        if not known:
            return []
        # Another statement of a bank tells of other bookings; a fetch tells of the same ones again.
        number = stretch.window.number
        again = {
            index for index, one in enumerate(known) if self._fetch_window or (one["number"] or "") == (number or "")
        }
        elsewhere = self._elsewhere(stretch, known, keys) if not self._fetch_window else set()
        # Within one account there is one currency, and what does not tell cannot differ.
        fresh = [one._replace(currency="") for one in keys]
        alone = {index for index, one in enumerate(known) if one["told_alone"]}
        return pairing.pairs([keys_of_row(one) for one in known], fresh, again, elsewhere - again, alone)

    def _elsewhere(self, stretch, known, keys):
        """Indexes of ``known`` that were booked by statements before or after this one, by the balances of the bank.

        What one announced, the next one books.
        """
        frame = stretch.frame()
        if frame is None:
            return set()
        days = [one.date for one in keys if one.date] or [self._today]
        self.env["audit.bank.window"].flush_model()
        self.env.cr.execute(FRAMES, [stretch.account.id, min(days) - NEAR, max(days) + NEAR])
        frames = {
            window: following.Frame(Decimal(str(opening)), Decimal(str(closing)))
            for window, opening, closing in self.env.cr.fetchall()
        }
        # Those of this reading are not settled yet.
        frames.update({one.window.id: one.frame() for one in self.stretches if one.account == stretch.account})
        del frames[stretch.window.id]
        windows = following.in_row(frame, {window: one for window, one in frames.items() if one})
        return {index for index, one in enumerate(known) if one["state"] == "booked" and one["window_id"] in windows}

    def _known(self, stretch, keys):
        """Rows of the account that entries of this chunk could be; none of the same statement, in whichever file.

        What is booked is the same only on the same day, see ``identity.score``; asked for by its day, it stays one row
        an entry where an amount comes back every day.
        """
        days = [one.date for one in keys if one.date] or [self._today]
        booked = {(one.amount, one.date) for one in keys if one.booked and one.date}
        self.env.cr.execute(
            ROW + KNOWN,
            {
                "account": stretch.account.id,
                "amounts": list({one.amount for one in keys}),
                "loose_amounts": list({one.amount for one in keys if not (one.booked and one.date)}),
                "booked_amounts": [amount for amount, _day in booked],
                "booked_days": [day for _amount, day in booked],
                "from": min(days) - NEAR,
                "to": max(days) + NEAR,
                "explains": stretch.window.kind == "notification",
                "own": [] if self._fetch_window else [stretch.window.id, *self._other_pages(stretch)],
            },
        )
        return [one for one in self.env.cr.dictfetchall() if one["id"] not in self.seen_ids]

    def _other_pages(self, stretch):
        """Ids of windows that hold other pages of the same statement: two equal lines on two pages are two."""
        numbers = set(stretch.pages)
        if None in numbers or not stretch.window.number:
            return []
        others = stretch.window._other_pages()
        return [one.id for one in others if numbers.isdisjoint(page["page_number"] for page in one.page_list)]

    def _doubtful(self, values, known, pair):
        """A row that a person decides about before it is posted."""
        values = list(values)
        state = values[1]
        values[1] = "doubt" if state == "waiting" else state
        return (*values, known["id"], ", ".join(pair.reasons))

    def _insert(self, stretch, rows):
        cr, account = self.env.cr, stretch.account
        cr.execute("SELECT nextval('audit_bank_transaction_id_seq') FROM generate_series(1, %s)", [len(rows)])
        ids = [found for (found,) in cr.fetchall()]
        common = (
            account.id, account.company_id.id, account.currency_id.id, stretch.window.id, self._now, self._now,
        )  # fmt: skip
        copied = as_copied([(one, *values) for one, values in zip(ids, rows)], common)
        # While the database writes them, the next ones are read.
        self._copying.begin(cr.copy_expert, COPY, copied, COPIED)
        stretch.counts["new_count"] += len(ids)
        self.new_ids += ids
        self.seen_ids.update(ids if self._fetch_window else ())

    def _meet_again(self, stretch, same, known, rows, keys):
        """Rows that the bank told of again: as before, booked meanwhile, or otherwise; see ``what_changed``."""
        changes, sightings = [], []
        for pair in same:
            before, values = known[pair.known], rows[pair.fresh]
            self.seen_ids.add(before["id"])
            kind = what_changed(before, values, keys[pair.fresh], self._trusted)
            if kind is None:
                stretch.counts["known_count"] += 1
                continue
            stretch.counts["known_count" if kind == "reissued" else "promoted_count"] += 1
            # One that is booked stays with the statement of the bank that told of it first.
            window = before["window_id"] if kind == "reissued" else stretch.window.id
            changes.append((before["id"], window, *_kept(before, values, kind)))
            sightings.append((before["id"], kind, pair))
        if not changes:
            return
        former = self._columns_of([one[0] for one in changes])
        self.env.cr.execute(*CHANGE.with_rows(changes, now=self._now))
        self.changed_ids += [one[0] for one in changes]
        seen = self._columns_of([one[0] for one in changes])
        self.env["audit.bank.transaction"].invalidate_model()
        self.env["audit.bank.sighting"].create(
            [
                {
                    "transaction_id": transaction,
                    "window_id": stretch.window.id,
                    "kind": kind,
                    "score": pair.score,
                    "reasons": ", ".join(pair.reasons),
                    "former": former[transaction],
                    "seen": seen[transaction],
                }
                for transaction, kind, pair in sightings
            ]
        )

    def _columns_of(self, ids):
        """Return ``{id: what its columns hold, as values of JSON}``."""
        self.env.cr.execute(
            "SELECT id, to_jsonb(t) - 'id' FROM audit_bank_transaction t WHERE id = ANY(%s)",
            [ids],
        )
        return dict(self.env.cr.fetchall())


def _kept(before, values, kind):
    """Return ``values`` with what was decided or posted of the row before."""
    said = dict(zip(COLUMNS, values))
    if before["posting_state"] in ("posted", "ignored", "doubt"):
        said["posting_state"] = before["posting_state"]
    if kind == "vouched" and before["posting_state"] == "posted":
        # The books have it with these.
        said |= {name: before[name] for name in ("amount", "date")}
    return said.values()
