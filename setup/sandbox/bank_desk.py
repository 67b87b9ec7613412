"""The sandbox bank's desk: who may look at what, how often, and what fails on demand.

All of it is plain JSON in a file, so that consents survive a restart.
"""

import datetime
import json
import secrets
import threading
from pathlib import Path

import bank_notices
from bank_books import Books

MODES = ("401", "404", "500", "503", "slow", "reset", "truncated", "html")


class Refusal(Exception):
    """An answer other than success. ``code``: as the standard names it; ``headers``: a dict."""

    def __init__(self, status, code, text, headers=None):
        super().__init__(text)
        self.status, self.code, self.text, self.headers = status, code, text, headers or {}


class Desk:
    """The bank's state. ``public_keys``: folder with a PEM file for each application of the aggregator."""

    def __init__(self, scenario_file, state_file, public_keys=None):
        self.public_keys = Path(public_keys) if public_keys else None
        self._file = Path(state_file)
        self.lock = threading.RLock()
        scenario = json.loads(Path(scenario_file).read_text(encoding="utf-8"))
        if self._file.exists():
            self.state = json.loads(self._file.read_text(encoding="utf-8"))
            self.books = Books(scenario, datetime.date.fromisoformat(self.state["opened"]), self.state["added"])
            self.asked, self.noticed = [], []
        else:
            self._open(scenario)

    @property
    def today(self):
        """The bank's date; it does not move by itself."""
        return datetime.date.fromisoformat(self.state["today"])

    def save(self):
        fresh = self._file.with_suffix(".new")
        fresh.write_text(json.dumps(self.state, indent=1), encoding="utf-8")
        fresh.replace(self._file)

    def order(self, wanted):
        """Take an order from the test: ``today``, ``days`` (ahead), ``fault``, ``end_consents`` (a status), a
        ``scenario`` with which the bank begins anew, or ``tell``: ``[account, key, transaction]``, which is new or
        changes the one of that key. Returns the calls (``bank_notices.due``) that the bank makes because of it."""
        if "scenario" in wanted:
            self._open(wanted["scenario"])
        before = bank_notices.standing(self)
        if "today" in wanted:
            self.state["today"] = self.books.day(wanted["today"]).isoformat()
        if "days" in wanted:
            self.state["today"] = (self.today + datetime.timedelta(days=wanted["days"])).isoformat()
        if "tell" in wanted:
            account, key, transaction = wanted["tell"]
            known = self.state["added"].setdefault(account, {})
            known[key] = {**known.get(key, {}), **transaction}
        if "fault" in wanted:
            if wanted["fault"].get("mode") not in MODES:
                raise Refusal(400, "FORMAT_ERROR", "mode must be one of %s" % ", ".join(MODES))
            self.state["faults"].append({"on": "", "count": 1, "page": 1, **wanted["fault"]})
        if "end_consents" in wanted:
            for one in [*self.state["consents"].values(), *self.state["sessions"].values()]:
                one["status"] = wanted["end_consents"]
        self.save()
        return bank_notices.due(self, before)

    def _open(self, scenario):
        opened = datetime.date.today()
        self.state = {"opened": opened.isoformat(), "consents": {}, "sessions": {}, "calls": {}, "faults": []}
        self.state["added"] = {}
        self.books = Books(scenario, opened, self.state["added"])
        self.state["today"] = self.books.day(scenario.get("today", 0)).isoformat()
        self.asked, self.noticed = [], []
        self.save()

    def next_fault(self, path, page):
        """Return the mode of the fault that the request for ``path`` meets, or None; uses up one of its count."""
        for fault in self.state["faults"]:
            if fault["on"] in path and page >= fault["page"]:
                fault["count"] -= 1
                if fault["count"] <= 0:
                    self.state["faults"].remove(fault)
                self.save()
                return fault
        return None

    def spend(self, account, resource, attended):
        """Count a call and return the headers that say what is left; raises ``Refusal`` when nothing was.

        What a person at the screen asks for is not counted; pages that follow the first are the caller's to leave out.
        """
        limit, prefix = self.books.setting("calls_a_day", 4), self.books.setting("rate_headers", "X-RateLimit-")
        key = "%s %s %s" % (self.state["today"], account, resource)
        used = self.state["calls"].get(key, 0)
        over = not attended and used >= limit
        if not attended and not over:
            used = self.state["calls"][key] = used + 1
            self.save()
        headers = {}
        if prefix and not attended:
            headers = {prefix + "Limit": limit, prefix + "Remaining": limit - used, prefix + "Reset": 6 * 3600}
        if over:
            raise Refusal(429, "ACCESS_EXCEEDED", "no more than %d a day without the account owner" % limit, headers)
        return headers

    def new_id(self):
        return secrets.token_hex(12)

    def is_good(self, grant):
        """Whether a consent or session is good on the bank's day; lets it expire."""
        if grant["status"] in ("valid", "AUTHORIZED") and datetime.date.fromisoformat(grant["until"]) < self.today:
            grant["status"] = "expired" if grant["status"] == "valid" else "EXPIRED"
            self.save()
        return grant["status"] in ("valid", "AUTHORIZED")
