"""Writing new proposals of a search, thousands at once: three statements for a batch, whatever stands in it.

A search of a large company finds a proposal for each of its lines. Made by Odoo they would take longer than the search.
What Odoo would add is written here as well; nothing else listens to new proposals.
"""

import json
from itertools import islice

from odoo import fields

from ...core.staging.ahead import Ahead
from ...core.staging.copying import as_copied

BATCH = 2000  # proposals that are written at once
JSON = ("reasons", "barriers")
PROPOSAL = (
    "id", "kind", "level", "rank", "score", "margin", *JSON, "signature", "other_line_id", "date", "partner_name",
    "label", "amount", "currency_id",
)  # fmt: skip
PART = ("proposal_id", "statement_line_id", "use", "amount", "item_id", "settles", "account")
COPY_PROPOSALS = (
    "COPY audit_match_proposal (%s, company_id, state, create_uid, create_date, write_uid, write_date) FROM STDIN"
    % ", ".join(PROPOSAL)
)
COPY_LINES = "COPY audit_match_proposal_line_rel (proposal_id, line_id) FROM STDIN"
COPY_PARTS = "COPY audit_match_allocation (%s, company_id) FROM STDIN" % ", ".join(PART)

_as_json = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode


def insert_proposals(env, company, listed, count):
    """Write open proposals of ``company``. While the database writes some, the next ones are prepared.

    :param listed: iterable of ``(values, line ids, parts)``: dicts with the names of ``PROPOSAL`` but the id, ids of
        ``account.bank.statement.line``, and dicts with those names of ``PART`` that a part has; it does not use the
        cursor of ``env``
    :param count: how many there are
    """
    if not count:
        return
    cr, now = env.cr, fields.Datetime.now()
    cr.execute("SELECT nextval('audit_match_proposal_id_seq') FROM generate_series(1, %s)", [count])
    numbered = zip([proposal_id for (proposal_id,) in cr.fetchall()], listed, strict=True)
    made = (company.id, "open", env.uid, now, env.uid, now)
    with Ahead() as writing:
        while batch := list(islice(numbered, BATCH)):
            writing.begin(_write, cr, _copied(batch, made))
    env["audit.match.proposal"].invalidate_model()
    env["audit.match.allocation"].invalidate_model()


def _copied(batch, made):
    """Return ``[(statement, file)]`` that write a batch; ``made``: what all its proposals have in common."""
    rows, lines, parts = [], [], []
    for proposal_id, (values, line_ids, allocations) in batch:
        values.update({name: _as_json(values[name]) for name in JSON}, id=proposal_id)
        rows.append([values[name] for name in PROPOSAL])
        lines += [(proposal_id, line_id) for line_id in line_ids]
        for part in allocations:
            part["proposal_id"] = proposal_id
            parts.append(map(part.get, PART))
    return [
        (COPY_PROPOSALS, as_copied(rows, made)),
        (COPY_LINES, as_copied(lines)),
        (COPY_PARTS, as_copied(parts, made[:1])),
    ]


def _write(cr, copied):
    for statement, file in copied:
        cr.copy_expert(statement, file)
