"""Whether a content that is gone from a log went by an erasure that two people decided on, as the log itself tells.

An approval lets contents go when these entries about one run stand in the same log, in this order:

1. ``retention.asked``, of one person;
2. ``identity.confirmed``, of another one: the password, given for the action ``erase`` on this run;
3. ``retention.approved``, of that other person, about the contents that were asked for.

A run that was counted anew or cancelled in between has to be asked for anew, and a run is approved once. The contents
of ``asked`` and ``approved`` say in ``lines`` what may go, the logs among it in each line of ``kind`` ``log``::

    {"kind": …, "about": …, "sha256": digest of the numbers of all rows of the line,
     "before": "YYYY-MM-DD HH:MM:SS" (UTC),
     "logs": [{"log": origin, "first": id, "last": id, "to_erase": how many, "sha256": digest, "listed": id}, …]}

Each of ``logs`` is some of the entries that may lose their contents: ``sha256`` is the digest of exactly their ids
(UUIDv7), see ``digest``, ``first`` and ``last`` are the lowest and the highest of these. The ids themselves stand in
the content of the entry ``listed`` (of kind ``retention.listed``): ``{"ids": [id, …]}``, ascending. Whatever it is
changed to, another list has another digest, so nobody can put one content in the place of another.

Whoever runs code as Odoo can write all three entries. What is gained is that they have to write all three, in the names
of two people, who find them in the log.
"""

import hashlib
import re
from typing import NamedTuple

# First words of the kinds of entries whose content no policy erases: what proves how the suite was run, and says little
# of persons, is kept as long as the log.
NEVER_ERASED = (
    "anchor", "api_client", "configuration", "contract", "destination", "entry", "holder", "identity", "key", "log",
    "package", "retention", "secret",
)  # fmt: skip
ASKED, CONFIRMED, APPROVED = "retention.asked", "identity.confirmed", "retention.approved"
LISTED = "retention.listed"
WITHDRAWN = ("retention.counted", "retention.cancelled")
ACTION = "erase"
"""What the password has to be given for."""

# Reasons for which an approval is none, or does not cover an entry.
NO_APPROVAL = "no_approval"
NOT_ASKED = "not_asked"
SAME_PERSON = "same_person"
NOT_CONFIRMED = "not_confirmed"
OTHER_CONTENTS = "other_contents"
AGAIN = "again"
OUTSIDE = "outside"

IDS_LISTED = 10_000
"""So many ids stand in one entry at most: a reader of entries need not take in a list of millions at once."""

_PERSON = re.compile(r"user/[1-9][0-9]*")
_ODOO = "user/1"
"""Odoo's own user is nobody."""
_BEFORE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")


class Told(NamedTuple):
    """An entry about a run. ``members``: of its sealed bytes; ``content``: its decoded payload, None where there is
    none that is what was sealed."""

    members: dict
    content: object


class Share(NamedTuple):
    """Some of what a line lets go of one log: entries recorded before ``before``, with ids from ``first`` to ``last``
    that the entry ``listed`` names and ``sha256`` is the digest of."""

    before: str
    first: str
    last: str
    to_erase: int
    sha256: str
    listed: str


class Approval(NamedTuple):
    """Contents that two people let go. ``shares``: ``{origin of a log: tuple of Share}``; ``rows``: ``{(kind, about):
    digest of the numbers of the rows}`` of all lines."""

    company: str
    shares: dict
    rows: dict

    def covers(self, origin, members, ids_of):
        """Whether the entry with these members, in the log ``origin``, is among what was approved.

        :param ids_of: function that returns the ids of a ``Share``, as ``listed_ids`` reads them
        """
        return members["company"] == self.company and any(
            share.first <= members["id"] <= share.last
            and members["time"] < share.before
            and members["id"] in ids_of(share)
            for share in self.shares.get(origin, ())
        )

    def allowed(self, origin):
        """How many contents of the log ``origin`` may go."""
        return sum(share.to_erase for share in self.shares.get(origin, ()))


def is_never_erased(kind):
    return kind.partition(".")[0] in NEVER_ERASED


def digest(ids):
    """SHA-256, in hexadecimal, of these ids or numbers of rows (text), each ended by a line feed, in their order."""
    return hashlib.sha256("".join("%s\n" % one for one in ids).encode()).hexdigest()


def listed_ids(share, content):
    """Return the ids of a ``Share`` as a frozenset; empty when it is not these that were approved.

    :param content: decoded payload of the entry ``share.listed``, None where there is none
    """
    ids = content.get("ids") if isinstance(content, dict) else None
    if not isinstance(ids, list) or not all(isinstance(one, str) for one in ids) or digest(ids) != share.sha256:
        return frozenset()
    return frozenset(ids)


def approvals(told):
    """Judge the approvals of one run.

    :param told: the ``Told`` of the run that stand in one log, in its order
    :return: ``{id of an entry: Approval, or the reason (text) for which it is none}``
    """
    found, asked, confirmed, is_decided = {}, None, set(), False
    for one in told:
        kind, actor = one.members["kind"], one.members["actor"]
        if kind == ASKED:
            asked, confirmed = one, set()
        elif kind in WITHDRAWN:
            asked, confirmed = None, set()
        elif kind == CONFIRMED and isinstance(one.content, dict) and one.content.get("action") == ACTION:
            confirmed.add(actor)
        elif kind == APPROVED:
            verdict = AGAIN if is_decided else _judged(one, asked, confirmed)
            is_decided = is_decided or isinstance(verdict, Approval)
            found[one.members["id"]] = verdict
    return found


def _judged(approved, asked, confirmed):
    actor = approved.members["actor"]
    if asked is None or not _is_person(asked.members["actor"]):
        return NOT_ASKED
    if actor == asked.members["actor"]:
        return SAME_PERSON
    if not _is_person(actor) or actor not in confirmed:
        return NOT_CONFIRMED
    shares = _shares(approved.content)
    if shares is None or shares != _shares(asked.content):
        return OTHER_CONTENTS
    return Approval(approved.members["company"], shares, _rows(approved.content))


def _is_person(actor):
    return bool(_PERSON.fullmatch(actor)) and actor != _ODOO


def _shares(content):
    """``{origin: tuple of Share}`` of what the content of an entry lets go; None when it is not as it must be."""
    try:
        shares = {}
        for line in content["lines"]:
            if line["kind"] != "log":
                continue
            if not _BEFORE.fullmatch(line["before"]):
                return None
            # As times stand in entries, where what follows the seconds makes the text greater.
            before = line["before"].replace(" ", "T")
            for part in line["logs"]:
                share = Share(before, *(part[name] for name in Share._fields[1:]))
                texts = (share.first, share.last, share.sha256, share.listed)
                if not all(isinstance(one, str) for one in texts) or type(share.to_erase) is not int:
                    return None
                shares[part["log"]] = (*shares.get(part["log"], ()), share)
    except (KeyError, TypeError):
        return None
    return shares


def _rows(content):
    return {(line["kind"], line.get("about") or ""): line.get("sha256") for line in content["lines"]}
