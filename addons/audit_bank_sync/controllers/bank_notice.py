import logging

import psycopg2

from odoo import SUPERUSER_ID, http
from odoo.http import request

from odoo.addons.audit_connector_base.controllers import machine
from odoo.addons.audit_connector_base.core.problem import Refusal

from ..core.bank_api.notices import LARGEST

_logger = logging.getLogger(__name__)


class BankNotice(http.Controller):
    @http.route("/audit/v1/bank/notice/<token>", **machine.OPTIONS)
    def receive(self, token):
        """Take a bank's word that a consent or an account changed, and ask that bank: of what the message says, no more
        is believed than which accounts it is about, and an unknown token is answered as a known one.

        Anybody may call. Limits: the rate of a sender; 16 KiB of a message are read; a consent is asked about once,
        and an account fetched once, however many notices come. Superuser: a bank is no user.
        """
        env = request.env(user=SUPERUSER_ID)
        connectors = env["audit.connector"]
        sent = request.httprequest
        try:
            if sent.method not in ("POST", "PUT"):
                raise Refusal(405, "method", "Notices are sent by POST.", {"Allow": "POST, PUT"})
            address, _through_proxy = connectors._sender_address(machine.peer(request), sent.headers)
            connectors._check_rate(None, connectors._source_of(address))
            headers = {name.lower(): value for name, value in sent.headers.items()}
            env["audit.bank.consent"]._noticed(token, _body(request), headers)
        except Refusal as refusal:
            machine.discard_body(request)
            return machine.response(refusal)
        except psycopg2.OperationalError:
            raise
        except Exception:
            _logger.exception("A notice of a bank could not be taken")
            env.cr.rollback()
            return machine.response(machine.unavailable())
        machine.discard_body(request)
        return http.Response(status=204, headers={"Cache-Control": "no-store"})


def _body(sent):
    """Return the body of a request, empty where it is longer than a notice or has no length."""
    length = sent.httprequest.headers.get("Content-Length") or ""
    if not length.isdigit() or int(length[:15]) > LARGEST:
        return b""
    return machine.read_body(sent, int(length))
