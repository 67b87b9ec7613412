from odoo import api, models

from .request_terms import ANSWERABLE

# Who has to act, as the portal sorts requests.
TURNS = {
    "you": ("provided",),
    "company": ANSWERABLE,
    "done": ("completed", "cancelled"),
}
MOST_WORDS = 10


class AuditEngagement(models.Model):
    """What the pages of the portal say of an engagement. Sudo throughout, on what ``_shared`` gave: see there."""

    _inherit = "audit.engagement"

    def _portal_counts(self):
        """Return ``{id: {"you": …, "company": …, "overdue": …, "done": …}}``: requests by who has to act.

        Two queries, however many these are.
        """
        counts = {one.id: dict.fromkeys([*TURNS, "overdue"], 0) for one in self}
        requests = self.env["audit.request"].sudo()
        turns = {state: turn for turn, states in TURNS.items() for state in states}
        domain = [("engagement_id", "in", self.ids)]
        for engagement, state, count in requests._read_group(domain, ["engagement_id", "state"], ["__count"]):
            counts[engagement.id][turns[state]] += count
        late = requests._read_group([*domain, ("overdue", "=", True)], ["engagement_id"], ["__count"])
        for engagement, count in late:
            counts[engagement.id]["overdue"] = count
        return counts

    def _log_viewed(self):
        """Record that the current user looked at the list of its requests."""
        facts = [
            (one.company_id, (one._name, one.id), {"name": one.name or "", "by": self.env.user.sudo().name or ""})
            for one in self
        ]
        self.env["audit.log.entry"]._append_facts("engagement.viewed", facts, direction="out")


class AuditRequest(models.Model):
    """What the pages of the portal say of a request. Sudo throughout, on what ``_shared`` gave: see there."""

    _inherit = "audit.request"

    @api.model
    def _portal_domain(self, turn=None, words=""):
        """Domain of the requests that wait for somebody, of ``TURNS``, and have all of the words in what is asked.

        :param words: text with blanks between the words, of which the first ten count
        """
        domain = [("state", "in", TURNS[turn])] if turn in TURNS else []
        for word in words.split()[:MOST_WORDS]:
            domain += ["|", "|", ("number", "ilike", word), ("title", "ilike", word), ("description", "ilike", word)]
        return domain

    def _turn(self):
        """Who has to act: a key of ``TURNS``."""
        self.ensure_one()
        return next(turn for turn, states in TURNS.items() if self.state in states)

    def _files_shown(self):
        """Files that were provided once. What is added while it is the company's turn is not handed over yet."""
        return self.evidence_ids.filtered("provided_at")

    def _shows_answer(self):
        """Whether words and documents are handed over: not while the company may still change them."""
        self.ensure_one()
        return self.state in ("provided", "completed")

    def _seen(self):
        """SHA-256 of what is asked and provided, in hex digits, by which one tells whether it was changed since."""
        self.ensure_one()
        return self._signed_digests()[self.id]
