from psycopg2.sql import NULL, SQL, Identifier, Literal

from odoo import _, api, models

from ...compat import payment_field_of_moves, payments_have_a_state
from ...core import canonical
from ..abstract.words import shortened
from .completeness_queries import APPROVALS, CONFIRMED, DESTINATIONS, DOCUMENTS, GIVEN, PAYMENTS, RELEASED


class AuditLog(models.Model):
    """What has to be in the log, for the comparison with what is; see ``completeness``."""

    _inherit = "audit.log"

    @api.model
    def _posted_documents(self):
        """Queries for documents that are posted without an entry that says so."""
        payment = Identifier(payment_field_of_moves())
        if payments_have_a_state():
            company, posted = SQL("p.company_id"), SQL("p.state IN ('in_process', 'paid')")
        else:
            company, posted = SQL("m.company_id"), SQL("m.state = 'posted'")
        return [DOCUMENTS.format(payment=payment), PAYMENTS.format(company=company, posted=posted)]

    @api.model
    def _approvals(self):
        """Queries for what a person approved or released, whichever addon brought it, without an entry that says so."""
        queries = [
            self._confirmed(model, model._approval_action, states=model._approved_states)
            for model in self._approved_models()
        ]
        queries.append(self._confirmed(self.env["audit.retention.hold"], "release", "released_by_id", "released_at"))
        queries.append(
            self._approved(
                self.env["audit.contract.version"], RELEASED, states=("approved", "deprecated", "retired")
            )
        )  # fmt: skip
        return queries

    @api.model
    def _approved_models(self):
        """The models of the suite that one person prepares and another approves (``audit.two.persons``)."""
        models_ = (self.env[name] for name in sorted(self.env.registry) if name.startswith("audit."))
        return [
            model for model in models_ if model._auto and not model._abstract and hasattr(model, "_approval_action")
        ]

    @api.model
    def _confirmed(self, model, action, *columns, states=()):
        """The query for records of ``model`` that nobody approved by giving the password for ``action``."""
        begins = canonical.dumps({"action": action})[:-1] + b","
        return self._approved(model, CONFIRMED, *columns, states=states, action=Literal(begins))

    @api.model
    def _approved(self, model, proof, by="approved_by_id", at="approved_at", states=(), **parts):
        """The query for approved records of ``model`` without ``proof``.

        :param by: name of the column with the person, as ``at`` of that with the time
        :param states: that a record does not reach without being approved
        """
        parts.update(
            model=Literal(model._name),
            table=Identifier(model._table),
            by=SQL("x.{}").format(Identifier(by)),
            at=SQL("x.{}").format(Identifier(at)),
            company=SQL("x.company_id") if "company_id" in model._fields else NULL,
            needed=SQL("x.state IN ({})").format(SQL(", ").join(map(Literal, states))) if states else SQL("false"),
        )
        parts["given"] = GIVEN.format(by=parts["by"], at=parts["at"])
        return APPROVALS.format(proof=proof.format(**parts), **parts)

    @api.model
    def _unrecorded_destinations(self):
        """``[(company id, model, id), …]`` of connectors whose approved destination is not what was last recorded.

        Of one that was made before changes of settings were recorded, and of which none is, nothing is known.
        """
        self.env.cr.execute(DESTINATIONS)
        judged, found = set(), {}
        for company, connector, approved, payload in self.env.cr.fetchall():
            if connector in judged:
                continue
            recorded = _recorded_destination(payload)
            if recorded is not None:
                judged.add(connector)
                found.pop(connector, None)
            if recorded != shortened(approved):
                found[connector] = (company, "audit.connector", connector)
        return list(found.values())

    @api.model
    def _words_of_destinations(self):
        """Title and advice of the alarm about ``_unrecorded_destinations``."""
        return (
            _("Destinations approved for connectors of %s are not in the log"),
            _("Switch the connectors off until it is clear where they lead."),
        )


def _recorded_destination(payload):
    """The approved destination in the recorded content of a change of settings, None where it names none."""
    try:
        changed = canonical.loads_strict(bytes(payload))["fields"]
        return next((one["new"] for one in changed if one["field"] == "approved_destination"), None)
    except (canonical.CanonicalError, KeyError, TypeError):
        # Odoo writes none such: it was put into the table, and is set aside by the sealer.
        return None
