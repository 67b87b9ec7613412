import json
import logging

import psycopg2

from odoo import SUPERUSER_ID, http
from odoo.http import request

from ..core import inbound
from ..core.problem import Refusal
from . import machine

_logger = logging.getLogger(__name__)


class InboundController(http.Controller):
    @http.route("/audit/v1/inbound/<code>", **machine.OPTIONS)
    def receive(self, code):
        """Take a message or a batch: 202 when it is stored, a problem document otherwise, and never an exception.

        Anybody may call; who is believed is decided by the connector's verification. Limits: the size of a body, the
        rate of a sender, the time for the body to arrive. Superuser: a sender is no user at all, and looking the public
        one up would cost as much as looking up the connector.
        """
        env = request.env(user=SUPERUSER_ID)
        connectors = env["audit.connector"]
        headers = request.httprequest.headers
        source, through_proxy = connectors._inbound_sender(machine.peer(request), headers)
        door = known = connectors._kept_door(code)
        is_worth_reading = False
        try:
            # First what costs least: the rate of the sender, then the headers, and only then the bytes.
            door = connectors._approach(code, source)
            is_worth_reading = True
            if request.httprequest.method != "POST":
                raise Refusal(405, "method", "Messages are sent by POST.", {"Allow": "POST"})
            media_type, length = inbound.check_headers(headers, connectors._inbound_max_size())
            if door is not known:
                # It was looked up: nothing stays open while the body comes, and what is stored is compared with what
                # holds then.
                env.cr.rollback()
            body = machine.read_body(request, length)
            status, answer = connectors._accept_at(door, code, source, headers, body, media_type, through_proxy)
        except Refusal as refusal:
            machine.discard_body(request, wait=is_worth_reading)
            connector = connectors.browse(door.connector_id) if door else connectors._connector_at(code)
            env["audit.inbound.refusal"]._count(connector, source, refusal.code, refusal.note or refusal.detail)
            return machine.response(refusal)
        except psycopg2.OperationalError:
            raise
        except Exception:
            _logger.exception("A message could not be received")
            env.cr.rollback()
            return machine.response(machine.unavailable())
        headers = {"Cache-Control": "no-store", **connectors._note_header_at(code)}
        return http.Response(json.dumps(answer), status=status, content_type="application/json", headers=headers)
