from odoo import http
from odoo.http import request


class BareController(http.Controller):
    """The least that a public route of Odoo can do with a message: take its bytes and say so."""

    @http.route("/bench/bare", type="http", auth="public", methods=["POST"], csrf=False, save_session=False)
    def receive(self):
        size = len(request.httprequest.get_data(cache=False))
        return request.make_json_response({"size": size}, status=202)
