import base64
from datetime import timedelta, timezone

from markupsafe import Markup

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.base.models.ir_mail_server import MailDeliveryException

from ...core import dial, timestamp
from ..abstract.clean_context import without_context
from ..connector.adapter import storable

INTERVALS = {"hour": timedelta(minutes=55), "day": timedelta(hours=23)}
TSA_SECONDS = 20
LONGEST_DETAIL = 2000  # characters

# Whether anything but statements of the log about itself was recorded between two sizes: handing a note over is
# recorded too, and must not be a reason to hand over the next one.
NEWS = """
SELECT 1 FROM audit_log_leaf f JOIN audit_log_entry e ON e.id = f.entry_id
 WHERE f.log_id = %s AND f.index >= %s AND f.index < %s
   AND e.kind NOT LIKE 'anchor.%%' AND e.kind NOT IN ('log.verified', 'log.created')
 LIMIT 1
"""


class AnchorError(Exception):
    """A note could not be handed over; the text says why."""


class AuditLogAnchorTarget(models.Model):
    """Handing notes over: by e-mail, into a folder, to a time-stamping authority. Each in a job of its own."""

    _inherit = "audit.log.anchor.target"

    @api.model
    def _cron_hand_over(self):
        """Start a job for each holder whose time has come and for whom there is something new."""
        now = fields.Datetime.now()
        for target in self.search([("kind", "!=", "witness")]):
            last = target._last_anchor()
            # What failed is tried again sooner.
            interval = INTERVALS["hour" if last.state == "failed" else target.interval]
            if not last or last.made_at < now - interval:
                target._enqueue_hand_over()

    def _enqueue_hand_over(self):
        key = "audit-anchor-%d" % self.id
        if not self.env["audit.connector"]._jobs_waiting([key]):
            self.with_delay(
                priority=20, max_retries=0, identity_key=key,
                description=_("Hand the signed note to %s", self.name),
            )._hand_over()  # fmt: skip

    def action_hand_over(self):
        """Hand the last note over now, whether it is new or not, and show what became of it.

        Sudo: what was handed over is recorded by nobody but Odoo; who may ask for it is checked.
        """
        self.ensure_one()
        if not self.env.user.has_group("audit_connector_base.group_audit_connector_admin"):
            raise UserError(_("Notes are handed over by connector administrators."))
        self.read(["name"])
        if self.kind == "witness":
            raise UserError(_("A witness signs by itself: upload its signature on the signed note."))
        self.sudo()._hand_over(even_old=True)
        anchor = self._last_anchor()
        if not anchor:
            raise UserError(
                _("There is no signed note yet. One is signed within a minute after something is recorded.")
            )
        if anchor.state == "failed":
            kind, text = "danger", anchor.detail
        else:
            kind, text = "success", _("The note of %s entries was handed over.", anchor.size)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": kind,
                "message": text,
                "sticky": kind == "danger",
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _hand_over(self, even_old=False):
        """Hand the last note over, if there is anything new in it. Job method.

        :return: a sentence for the job's result
        """
        self.ensure_one()
        log = self.env["audit.log"].search([("company_id", "=", self.company_id.id), ("state", "=", "open")])
        note = self.env["audit.log.checkpoint"].search([("log_id", "=", log.id)], limit=1)
        if not self.active or not note or log.frozen_kind or log.database_uuid != log._database_uuid():
            # A copy of the database must not speak in the name of the original.
            return _("There is nothing to hand over.")
        if not even_old and not self._has_news(note):
            return _("Nothing was recorded since the last note.")
        try:
            made = {"state": "done", **getattr(self, "_hand_over_%s" % self.kind)(note)}
        except AnchorError as error:
            made = {"state": "failed", "detail": str(error)}
        if made.get("detail"):
            # What authorities and servers say of themselves is theirs to choose.
            made["detail"] = storable(made["detail"])[:LONGEST_DETAIL]
        self._record_anchor(note, made)
        return made.get("detail") or _("Done")

    def _has_news(self, note):
        done = self._last_anchor(("state", "=", "done"), ("log_id", "=", note.log_id.id))
        self.env.cr.execute(NEWS, [note.log_id.id, done.size, note.size])
        return bool(self.env.cr.fetchone())

    def _record_anchor(self, note, made):
        """Keep what was handed over and what came back, and say so in the log. Sudo: nobody holds the right to."""
        anchor = self.env["audit.log.anchor"].sudo().create(
            {
                "log_id": note.log_id.id,
                "company_id": note.company_id.id,
                "checkpoint_id": note.id,
                "target_id": self.id,
                "kind": self.kind,
                **made,
            }
        )  # fmt: skip
        anchor._log(self.name)

    def _hand_over_email(self, note):
        """The note as an attachment, to each address by itself: the holders need not know of each other.

        Without the context of whoever pressed the button, which could say that nothing is to be sent. Sudo: people have
        no rights on e-mails of the queue.
        """
        log = note.log_id
        company = log.company_id or self.env.company
        body = Markup("<p>%s</p><p>%s</p><p>%s</p>") % (
            _("Attached is the signed note of the audit log of %s.", log.display_name),
            _(
                "Please keep it. With it you can tell later whether any of the %s entries that the log has today was "
                "changed or removed: ask for an export of the log and verify it with audit_verify.py --seen NOTE.",
                note.size,
            ),
            _("This message is sent by Odoo itself."),
        )
        attachment = {
            "name": note._file_name(),
            "datas": base64.b64encode(note.note.encode()),
            "mimetype": "text/plain",
        }
        mails = without_context(self.env["mail.mail"].sudo())
        for recipient in self._address_list():
            mails += mails.create(
                {
                    "subject": _("Signed note of the audit log of %s", log.display_name),
                    "body_html": body,
                    "email_to": recipient,
                    "email_from": company.email_formatted or self.env.user.email_formatted,
                    "attachment_ids": [(0, 0, attachment)],
                    "auto_delete": True,
                }
            )
        try:
            # Now rather than from the queue: whether it went out is what is recorded.
            mails.send(raise_exception=True)
        except MailDeliveryException as error:
            # Otherwise the queue would send them as well, beside those of the next time.
            mails.exists().filtered(lambda mail: mail.state != "sent").unlink()
            raise AnchorError(_("the e-mail server did not take it: %s", " ".join(map(str, error.args)))) from error
        unsent = mails.exists().filtered(lambda mail: mail.state != "sent")
        if unsent:
            addresses = ", ".join(unsent.mapped("email_to"))
            unsent.unlink()
            raise AnchorError(_("nothing was sent to %s", addresses))
        return {"detail": _("to %s", ", ".join(self._address_list()))}

    def _hand_over_file(self, note):
        connector = self.connector_id
        trouble = connector._blocker()
        if trouble or not connector.active:
            raise AnchorError(trouble or _("The connector is archived."))
        if connector._place_of_notes() != (self.place or ""):
            raise AnchorError(
                _(
                    "the connector leads to another place than when this holder was agreed on. Lead it back, or press "
                    "Change… on the holder, so that a second person confirms the new place"
                )
            )
        try:
            sender = connector._adapter()._sender(connector)
        except UserError as error:
            raise AnchorError(str(error)) from error
        try:
            outcome = sender.put(note._file_name(), note.note.encode())
        finally:
            sender.close()
        if outcome.verdict != "delivered":
            raise AnchorError(outcome.reason)
        return {"detail": outcome.reason}

    def _hand_over_tsa(self, note):
        data, nonce = note.note.encode(), timestamp.new_nonce()
        dialler = dial.Dialler(self._allow_list(), total_timeout=TSA_SECONDS, max_answer=timestamp.MAX_LENGTH)
        headers = {"Content-Type": timestamp.MEDIA_TYPE, "Accept": timestamp.ANSWER_TYPE}
        try:
            answer = dialler.request("POST", self.url, headers, timestamp.request(data, nonce))
            if answer.status != 200:
                raise AnchorError(_("the authority answered with HTTP %s", answer.status))
            stamp = timestamp.check_response(answer.body, data, self.roots, nonce)
        except (dial.Refused, dial.Unreachable, ValueError) as error:
            raise AnchorError(str(error)) from error
        finally:
            dialler.close()
        return {
            "proven_at": stamp.time.astimezone(timezone.utc).replace(tzinfo=None),
            "content": base64.b64encode(stamp.token).decode(),
            "detail": stamp.authority,
        }


class AuditLogAnchor(models.Model):
    _inherit = "audit.log.anchor"

    def _log(self, name):
        """One entry: what was handed to whom, or who signed, and the hash of what came back."""
        kinds = {
            "email": "anchor.sent",
            "file": "anchor.written",
            "tsa": "anchor.stamped",
            "witness": "anchor.cosigned",
        }
        for anchor in self:
            facts = {
                "to": name,
                "size": anchor.size,
                "root": anchor.checkpoint_id.root,
                "detail": anchor.detail or "",
                "time": anchor.proven_at.isoformat() + "Z" if anchor.proven_at else "",
                "content": anchor.content or "",
            }
            kind = kinds[anchor.kind] if anchor.state == "done" else "anchor.failed"
            log = anchor.log_id
            self.env["audit.log.entry"]._append_facts(
                kind, [(log.company_id, (log._name, log.id), facts)], actor="system/log"
            )
