"""Writing new proposals of a search, thousands at once: three statements for a batch, whatever stands in it.

A search of a large company finds a proposal for each of its lines. Made one by one by Odoo they would take longer than
the search. What Odoo would add is written here as well; nothing else listens to new proposals.
"""

import json

from odoo import fields

from odoo.addons.audit_connector_base.core.sql_rows import RowStatement

BATCH = 2000  # proposals that are written at once
PROPOSAL = {
    "id": "integer",
    "kind": "varchar",
    "level": "varchar",
    "rank": "integer",
    "score": "numeric",
    "margin": "numeric",
    "reasons": "jsonb",
    "barriers": "jsonb",
    "signature": "varchar",
    "other_line_id": "integer",
    "date": "date",
    "partner_name": "varchar",
    "label": "varchar",
    "amount": "numeric",
    "currency_id": "integer",
}
LINE = {"proposal_id": "integer", "line_id": "integer"}
PART = {
    "proposal_id": "integer",
    "statement_line_id": "integer",
    "use": "varchar",
    "currency_id": "integer",
    "amount": "numeric",
    "item_id": "integer",
    "item_currency_id": "integer",
    "settles": "numeric",
    "account": "varchar",
}
JSON = ("reasons", "barriers")
ADD_PROPOSALS = RowStatement(
    PROPOSAL,
    """
INSERT INTO audit_match_proposal (%(names)s, company_id, state, create_uid, create_date, write_uid, write_date)
SELECT %(names)s, %%(company)s, 'open', %%(by)s, %%(now)s, %%(by)s, %%(now)s FROM {rows}
"""
    % {"names": ", ".join(PROPOSAL)},
)
ADD_LINES = RowStatement(
    LINE, "INSERT INTO audit_match_proposal_line_rel (proposal_id, line_id) SELECT proposal_id, line_id FROM {rows}"
)
ADD_PARTS = RowStatement(
    PART,
    """
INSERT INTO audit_match_allocation (%(names)s, company_id)
SELECT %(names)s, %%(company)s FROM {rows}
"""
    % {"names": ", ".join(PART)},
)


def insert_proposals(env, company, listed):
    """Write open proposals of ``company``.

    :param listed: list of ``(values, line ids, parts)``: dicts with the names of ``PROPOSAL`` but the id, ids of
        ``account.bank.statement.line``, and dicts with those names of ``PART`` that a part has
    """
    for start in range(0, len(listed), BATCH):
        _insert_batch(env, company, listed[start : start + BATCH])
    if listed:
        env["audit.match.proposal"].invalidate_model()
        env["audit.match.allocation"].invalidate_model()


def _insert_batch(env, company, listed):
    cr = env.cr
    cr.execute("SELECT nextval('audit_match_proposal_id_seq') FROM generate_series(1, %s)", [len(listed)])
    ids = [found for (found,) in cr.fetchall()]
    rows, lines, parts = [], [], []
    for proposal_id, (values, line_ids, allocations) in zip(ids, listed):
        said = {**values, "id": proposal_id, **{name: json.dumps(values[name]) for name in JSON}}
        rows.append(tuple(said[name] for name in PROPOSAL))
        lines += [(proposal_id, line_id) for line_id in line_ids]
        parts += [tuple({**one, "proposal_id": proposal_id}.get(name) for name in PART) for one in allocations]
    cr.execute(*ADD_PROPOSALS.with_rows(rows, company=company.id, by=env.uid, now=fields.Datetime.now()))
    cr.execute(*ADD_LINES.with_rows(lines))
    if parts:
        cr.execute(*ADD_PARTS.with_rows(parts, company=company.id))
