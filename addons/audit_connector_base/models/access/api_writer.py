from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...core import api_query, canonical, inbound
from ...core.problem import Refusal
from ...transaction import short_transaction
from ..exchange.inbound_handler import Mismatch
from .api import JSON, NO_STORE, PATH, Answer, as_json, digest

FIND = "SELECT fingerprint, status, body FROM audit_api_answer WHERE client_id = %s AND key = %s"


class AuditApi(models.AbstractModel):
    """Adding: what a client sends goes the way of a message that its platform sends, only that it is worked on at once
    and that what became of it is the answer."""

    _inherit = "audit.api"

    @api.model
    def _write_one(self, asked, caller, entity):
        """Answer ``POST /audit/v1/<entity>``: 201 with what became of it; nothing is kept of what is refused.

        :raises Refusal: 400 (cannot be read), 409 (the same key is being worked on), 422 (contract, or not possible)
        """
        handler = self._writers().get(entity)
        if handler is None:
            raise Refusal(404, "unknown-path", "There is nothing to add here.", parameter="entity")
        self._check_scope(caller, entity, "write")
        api_query.check_names(api_query.parameters(asked.query), set())
        key = api_query.idempotency_key(asked.headers.get("Idempotency-Key"))
        connector = self._connector_of(caller)
        media_type, length = inbound.check_headers(asked.headers, self.env["audit.connector"]._inbound_max_size())
        if media_type != JSON:
            raise Refusal(415, "content-type", "Send one JSON object as application/json.", {"Accept-Post": JSON})
        body = asked.read(length)
        fingerprint = digest(b"%s\n%s" % (entity.encode(), body))
        answers = self.env["audit.api.answer"]
        if not answers._lock(caller.client_id, key):
            raise Refusal(409, "in-progress", "A request with this Idempotency-Key is being worked on.")
        known = self._known_answer(caller, key)
        if known:
            return self._answer_again(known, fingerprint)
        return self._add(asked, caller, handler, connector, key, fingerprint, body)

    @api.model
    def _connector_of(self, caller):
        """The platform in whose name a client writes; raises ``Refusal`` (403)."""
        connector = self.env["audit.connector"].browse(caller.connector_id or ()).exists()
        trouble = "connector archived or of another company"
        if connector.active and connector.company_id.id in caller.company_ids:
            trouble = connector._environment_trouble()
        if trouble:
            raise Refusal(403, "scope", "The platform in whose name you write is not in use.", note=trouble)
        return connector

    @api.model
    def _known_answer(self, caller, key):
        """What was answered under a key before. On a cursor of its own: this one may see the time before the lock."""
        with short_transaction(self.env.registry, durable=False) as env:
            env.cr.execute(FIND, [caller.client_id, key])
            return env.cr.fetchone()

    @api.model
    def _answer_again(self, known, fingerprint):
        before, status, body = known
        if before != fingerprint:
            detail = "This Idempotency-Key was used for another request before. Nothing was done."
            raise Refusal(422, "idempotency-key", detail, header="Idempotency-Key")
        return Answer(status, body.encode(), {"Content-Type": JSON, **NO_STORE, "Idempotency-Replayed": "true"})

    @api.model
    def _add(self, asked, caller, handler, connector, key, fingerprint, body):
        trace = self._trace(asked)
        message = self._message(handler, connector, key, body, trace)
        record = self._record_of(message)
        answer = as_json(
            {
                "id": "%s/%d" % (message._name, message.id),
                "contract": "%s/%d" % handler._contract(),
                "state": message.state,
                "result": message.reason,
                "record": record and "%s/%d" % (record._name, record.id),
                "received_at": message.received_at.isoformat() + "Z",
            }
        )
        self.env["audit.api.answer"].create(
            {
                "client_id": caller.client_id,
                "company_id": connector.company_id.id,
                "key": key,
                "fingerprint": fingerprint,
                "status": 201,
                "body": answer.decode(),
                "message_id": message.id,
            }
        )
        self._log_call(
            "api.written",
            asked,
            caller,
            trace,
            connector.company_id.ids,
            (record._name, record.id) if record else (message._name, message.id),
            entity=handler._api_entity()[0],
            message=message.id,
            result=message.reason,
            sha256=message.body_sha256,
        )
        headers = {
            "Content-Type": JSON,
            **NO_STORE,
            "Audit-Trace": trace,
            **self._note_headers(connector.company_id.ids),
        }
        if record and handler._api_entity()[0] in self._sources():
            headers["Location"] = "%s/%s/%d" % (PATH, handler._api_entity()[0], record.id)
        return Answer(201, answer, headers)

    @api.model
    def _record_of(self, message):
        return self.env[message.res_model].browse(message.res_id) if message.res_model else None

    @api.model
    def _read_object(self, body):
        try:
            data = canonical.loads_strict(body, max_depth=inbound.MAX_DEPTH, floats="decimal")
        except canonical.CanonicalError as error:
            raise Refusal(400, "unreadable", "The body cannot be read: %s." % error) from None
        if not isinstance(data, dict):
            raise Refusal(400, "unreadable", "The body cannot be read: it is no JSON object.")
        return data

    @api.model
    def _message(self, handler, connector, key, body, trace):
        """Store and work on what was sent; raises ``Refusal`` (400, 422) and then leaves no trace of it."""
        data = self._read_object(body)
        company = connector.company_id
        context = {"allowed_company_ids": company.ids, "lang": company.partner_id.lang or "en_US"}
        messages = self.env(context=context)["audit.inbound.message"]
        try:
            with self.env.cr.savepoint():
                message = messages.create(
                    {
                        "connector_id": connector.id,
                        "company_id": company.id,
                        "message_id": key,
                        "dedup_key": self.env["audit.api.answer"]._new_number(),
                        "type": handler._message_types()[0],
                        "transport": "api",
                        "received_at": fields.Datetime.now(),
                        "content_type": JSON,
                        "size": len(body),
                        "body_sha256": digest(body),
                        "trace": trace,
                        "state": "processing",
                        "attempt_count": 1,
                    }
                )
                self.env.cr.execute("UPDATE audit_inbound_message SET body = %s WHERE id = %s", [body, message.id])
                message._log("inbound.received", actor="system/inbound", size=len(body), transport="api")
                message._work(data)
                self.env.flush_all()
        except Mismatch as error:
            raise Refusal(
                422,
                "contract",
                "The body does not match the contract %s/%d." % handler._contract(),
                errors=[{"path": one["path"], "detail": one["text"]} for one in error.violations[: inbound.MAX_ERRORS]],
            ) from None
        except (UserError, AccessError) as error:
            raise Refusal(422, "not-possible", str(error)) from None
        return message
