from odoo import http
from odoo.http import request

from . import machine

PATH = "/audit/v1/log/cosignature"


class CosignatureController(http.Controller):
    @http.route(PATH, **machine.OPTIONS)
    def cosignature(self):
        """Take a note that a witness has signed.

        Anybody may call; what counts is the signature of a witness that was registered, see ``audit.api``. Limits: 16
        KiB of text, a rate for each sender, counted by each process.
        """
        return machine.serve(request, {"POST": lambda api, asked: api._take_cosignature(asked)}, PATH)
