from odoo import http
from odoo.http import request

from . import machine

PATH = "/audit/v1/token"


class TokenController(http.Controller):
    @http.route(PATH, **machine.OPTIONS)
    def token(self):
        """Give an access token to a client that proves itself (OAuth 2.0 client credentials).

        Anybody may call; who is a client is decided by ``audit.api``. Limits: 16 KiB of a form, the client's own rate,
        a slow-down after wrong credentials.
        """
        return machine.serve(request, {"POST": lambda api, asked: api._give_token(asked)}, PATH)
