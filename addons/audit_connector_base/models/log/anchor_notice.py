import base64

from markupsafe import Markup

from odoo import _, api, models
from odoo.exceptions import UserError

from ..abstract.clean_context import without_context


class AuditLogAnchorChange(models.Model):
    """Telling those who got notes so far that this is no longer as it was."""

    _inherit = "audit.log.anchor.change"

    def _addresses_to_tell(self):
        """E-mail addresses of the holder as it was, and of all others who hold notes of the same log by e-mail.

        A time-stamping authority or a witness cannot be told; the others tell for them.
        """
        holder = self.target_id.sudo()
        others = holder.search([("company_id", "=", holder.company_id.id), ("kind", "=", "email")])
        found = holder._address_list() if holder.kind == "email" else []
        for other in others - holder:
            found += [one for one in other._address_list() if one not in found]
        return found

    def _tell(self, addresses):
        """Send word with the last signed note: by e-mail, and as a file where the notes were written so far.

        By the queue, which is worked off at once, and by a job: whether it arrives must not decide whether a change is
        made. Without the context of whoever confirms, which could say that the e-mail is not to be sent, or only in a
        year. Sudo: people have no rights on e-mails of the queue.
        """
        mine = without_context(self.sudo())
        note = self._last_note()
        company = mine.company_id or self.env.company
        mails = []
        for recipient in addresses:
            mail = mine.env["mail.mail"].create(
                {
                    "subject": _("Changed: who gets the signed notes of the audit log (%s)", mine.target_id.name),
                    "body_html": Markup("").join(Markup("<p>%s</p>") % line for line in self._notice().split("\n")),
                    "email_to": recipient,
                    "email_from": company.email_formatted or self.env.user.email_formatted,
                    "attachment_ids": [(0, 0, self._attached(note))] if note else [],
                    "auto_delete": True,
                }
            )
            mails.append([mail.id, recipient])
        if mails:
            mine.write({"told_mails": mails})
            mine.env.ref("mail.ir_cron_mail_scheduler_action")._trigger()
        if mine.former_connector_id:
            mine.with_delay(priority=20, max_retries=3, description=_("Tell a former holder of notes"))._write_notice()

    @api.depends("told_mails")
    def _compute_told_text(self):
        """How far the e-mails are, a line each; one that was sent is deleted from the queue. Sudo: see ``_tell``."""
        for change in self:
            told = change.told_mails or []
            mails = self.env["mail.mail"].sudo().browse(number for number, _address in told).exists()
            waiting = {mail.id: mail for mail in mails if mail.state != "sent"}
            change.told_text = "\n".join(
                "%s: %s" % (address, self._state_of(waiting.get(number))) for number, address in told
            )

    @api.model
    def _state_of(self, mail):
        """How far an e-mail is, in words; None stands for one that has left the queue."""
        if mail is None:
            return _("sent")
        if mail.state == "outgoing":
            return _("goes out now")
        return _("could not be sent: %s", mail.failure_reason or mail.state)

    def _write_notice(self):
        """Write the word into the folder that the notes went to so far. Job method.

        :return: a sentence for the job's result
        """
        connector = self.former_connector_id
        try:
            sender = connector._adapter()._sender(connector)
        except UserError as error:
            return str(error)
        try:
            outcome = sender.put("holder-changed-%d.txt" % self.id, self._notice().encode())
        finally:
            sender.close()
        return outcome.reason

    def _notice(self):
        mine = self.sudo()
        whose = mine.company_id.name or _("the system")
        return "\n".join(
            [
                _("Who gets the signed notes of the audit log of “%s” was changed.", whose),
                _("Holder: %s", mine.target_id.name),
                mine.differed or "",
                _("Asked for by %(asker)s, confirmed by %(other)s.", asker=mine.prepared_by_id.name,
                  other=mine.approved_by_id.name),
                _("Why: %s", mine.reason),
                _("If you get no notes from now on, keep those that you have: they still show whether anything before "
                  "them was changed. Ask the company if you did not expect this."),
            ]
        )  # fmt: skip

    def _last_note(self):
        log = self.env["audit.log"].sudo().search([("company_id", "=", self.company_id.id), ("state", "=", "open")])
        return self.env["audit.log.checkpoint"].sudo().search([("log_id", "=", log.id)], limit=1)

    def _attached(self, note):
        return {
            "name": note._file_name(),
            "datas": base64.b64encode(note.note.encode()),
            "mimetype": "text/plain",
        }


class AuditConnector(models.Model):
    """Connectors to the folders that notes are written to."""

    _inherit = "audit.connector"

    def write(self, vals):
        if not self.env.su and not vals.get("active", True):
            holders = self.env["audit.log.anchor.target"].sudo().search([("connector_id", "in", self.ids)])
            for holder in holders.filtered(lambda one: one.kind == "file" and one._holds_notes()):
                raise UserError(
                    _("“%s” gets signed notes by this connector. Have that changed first, on the holder.", holder.name)
                )
        return super().write(vals)

    def _place_of_notes(self):
        """The place that notes are written to, as text: another one is another holder. Empty for other protocols."""
        connector = self.sudo()
        if connector.adapter != "file":
            return ""
        if connector.file_place == "sftp":
            return "%s %s" % (connector.url or "", (connector.file_host_key or "").strip())
        return connector.file_folder or ""
