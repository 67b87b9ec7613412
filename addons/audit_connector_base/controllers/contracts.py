import logging

import psycopg2

from odoo import SUPERUSER_ID, http
from odoo.http import request

from ..core.problem import Refusal
from . import machine

_logger = logging.getLogger(__name__)


class ContractsController(http.Controller):
    """The contracts that are or were in force. Anybody may read them: they hold no data, and drafts are not among them.

    Superuser: what is published does not depend on who asks. Limits: a rate for each sender, counted by each process.
    """

    @http.route(["/audit/v1/contracts", "/audit/v1/contracts/"], **machine.OPTIONS)
    def index(self):
        """All contracts with their versions; as a page to those who ask for one."""
        return _answer(lambda contracts, page: contracts._index_page() if page else contracts._index())

    @http.route("/audit/v1/contracts/<entity>", **machine.OPTIONS)
    def page(self, entity):
        """The dictionary of one contract, for people."""
        return _answer(lambda contracts, _page: contracts._dictionary_page(entity))

    @http.route("/audit/v1/contracts/<entity>/<version>", **machine.OPTIONS)
    def version(self, entity, version):
        """``<version>.json``: the exact bytes of one version. Without the ending: its dictionary."""
        name = version.removesuffix(".json")
        if name != version:
            return _answer(lambda contracts, _page: contracts._document(entity, name))
        return _answer(lambda contracts, _page: contracts._dictionary_page(entity, name))


def _answer(act):
    """Return what ``act(audit.contract, whether a page is wanted)`` answers, and never an exception."""
    env = request.env(user=SUPERUSER_ID)
    sent = request.httprequest
    try:
        if sent.method not in ("GET", "HEAD"):
            raise Refusal(405, "method", "Contracts can only be read.", {"Allow": "GET, HEAD"})
        contracts = env["audit.contract"]
        contracts._check_public_rate(env["audit.connector"]._inbound_sender(machine.peer(request), sent.headers)[0])
        body, headers = act(contracts, "text/html" in sent.headers.get("Accept", ""))
        # Who approved which contract stands in the log of the system.
        headers = {**headers, **env["audit.api"]._system_note()}
        if headers["ETag"] in [
            tag.strip().removeprefix("W/") for tag in sent.headers.get("If-None-Match", "").split(",")
        ]:
            return http.Response(status=304, headers=list(headers.items()))
        return http.Response(body, headers=list(headers.items()))
    except Refusal as refusal:
        return machine.response(refusal)
    except psycopg2.OperationalError:
        raise
    except Exception:
        _logger.exception("A contract could not be shown")
        env.cr.rollback()
        return machine.response(machine.unavailable())
