from odoo import _, fields, models
from odoo.exceptions import AccessError

from ..compat import check_access

# Files that events told of as belonging to one of some documents, each given as ``model,id``.
FILES_TOLD_OF = """
SELECT DISTINCT about_document, res_id FROM audit_event
 WHERE about_document = ANY(%s) AND about_document IS NOT NULL AND res_model = 'ir.attachment'
"""


class AuditTrail(models.AbstractModel):
    """Adds to a document the button that opens everything that was recorded about it."""

    _name = "audit.trail"
    _description = "Audit Trail of a Document"

    audit_entry_count = fields.Integer(
        compute="_compute_audit_entry_count", groups="audit_connector_base.group_audit_user"
    )

    def _compute_audit_entry_count(self):
        subjects = self._audit_subjects()
        counts = {
            (model, res_id): count
            for model, res_id, count in self.env["audit.log.entry"]._read_group(
                _domain_of(set().union(*subjects.values())), ["res_model", "res_id"], ["__count"]
            )
        }
        for document in self:
            document.audit_entry_count = sum(counts.get(subject, 0) for subject in subjects.get(document.id, ()))

    def action_open_audit_trail(self):
        """Open everything that was recorded about this document, in the order of time.

        Anybody may call it, so who may see the document is asked first: its name can come from what others read.
        """
        self.ensure_one()
        if not self.env.user.has_group("audit_connector_base.group_audit_user"):
            raise AccessError(_("The audit trail is for people with a role in Audit."))
        check_access(self, "read")
        subjects = self._audit_subjects()[self.id]
        return {
            "type": "ir.actions.client",
            "tag": "audit_connector_base.trail",
            "name": _("Audit Trail"),
            "params": {
                "res_model": self._name,
                "res_id": self.id,
                "name": self.display_name,
                "domain": _domain_of(subjects),
                "subjects": sorted("%s/%d" % subject for subject in subjects),
            },
        }

    def _audit_subjects(self):
        """Return ``{document id: {(model, id), …}}``: what belongs to the trail of each, itself and its files."""
        attachments = self._audit_attachments()
        return {id_: {(self._name, id_)} | attachments.get(id_, set()) for id_ in self.ids}

    def _audit_attachments(self):
        """Return ``{document id: {("ir.attachment", id), …}}``: the files at it, and those that were said to be.

        A file that was deleted or moved to another document stays in the trail of each that it belonged to. Sudo, and a
        statement past the rules: ids only, of a document that is at hand.
        """
        if self._name not in self.env["audit.source.attachment"]._accounting_documents():
            return {}
        found = {}
        attachments = (
            self.env["ir.attachment"]
            .sudo()
            .search([("id", "!=", False), ("res_model", "=", self._name), ("res_id", "in", self.ids)])
        )
        for attachment in attachments:
            found.setdefault(attachment.res_id, set()).add((attachment._name, attachment.id))
        self.env.cr.execute(FILES_TOLD_OF, [["%s,%d" % (self._name, id_) for id_ in self.ids]])
        for place, attachment_id in self.env.cr.fetchall():
            found.setdefault(int(place.partition(",")[2]), set()).add((attachments._name, attachment_id))
        return found


def _domain_of(subjects):
    """Domain of the log entries that speak of these ``(model, id)``."""
    by_model = {}
    for model, res_id in sorted(subjects):
        by_model.setdefault(model, []).append(res_id)
    domain = ["|"] * (len(by_model) - 1)
    for model, ids in by_model.items():
        domain += ["&", ("res_model", "=", model), ("res_id", "in", ids)]
    return domain or [(0, "=", 1)]
