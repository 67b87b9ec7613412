from odoo import http
from odoo.http import request

from ..core.problem import Refusal
from . import machine

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT")


class DescriptionController(http.Controller):
    """What the API says of itself. Anybody may read it: it holds nothing of this database but which addons there are.

    Limits: a rate for each sender, counted by each process.
    """

    @http.route("/audit/v1/openapi.json", **machine.OPTIONS)
    def openapi(self):
        """The description for programs (OpenAPI 3.1)."""
        return machine.serve(request, {"GET": lambda api, asked: api._describe(asked)}, "/audit/v1/openapi.json")

    @http.route("/audit/v1/docs", **machine.OPTIONS)
    def docs(self):
        """The same for people."""
        return machine.serve(request, {"GET": lambda api, asked: api._show_docs(asked)}, "/audit/v1/docs")

    @http.route("/audit/v1/health", **machine.OPTIONS)
    def health(self):
        """Whether the API works; for a client with an access token also what it is to the API."""
        return machine.serve(request, {"GET": lambda api, asked: api._health(asked)}, "/audit/v1/health")

    @http.route(["/audit/v1", "/audit/v1/<path:rest>"], **machine.OPTIONS)
    def unknown(self, rest=""):
        """All other addresses below ours are refused as the rest of ours refuses, not with a page."""
        return machine.serve(request, dict.fromkeys(METHODS, _nothing_here), "/audit/v1/…")


def _nothing_here(api, asked):
    api._check_public_rate(asked)
    raise Refusal(404, "unknown-path", "There is nothing at this address. /audit/v1/openapi.json tells what there is.")
