from odoo import SUPERUSER_ID, http
from odoo.http import request

from . import machine


class EntitiesController(http.Controller):
    @http.route("/audit/v1/<entity>", **machine.OPTIONS)
    def entities(self, entity):
        """List documents of one kind, or add one; for clients with an access token that permits it.

        Limits: the client's rate, 8 KiB of a query, the longest page of the entity, the size of a body as for messages
        received.
        """
        actions = {
            "GET": lambda api, asked: api._answer(asked, lambda caller: api._read_list(asked, caller, entity)),
            "POST": lambda api, asked: api._answer(asked, lambda caller: api._write_one(asked, caller, entity)),
        }
        possible = request.env(user=SUPERUSER_ID)["audit.api"]._methods(entity)
        return machine.serve(request, {name: actions[name] for name in possible}, "/audit/v1/%s" % entity)

    @http.route("/audit/v1/<entity>/<number>", **machine.OPTIONS)
    def entity(self, entity, number):
        """Answer one document; for clients with an access token that permits it. Limits: see ``entities``."""
        actions = {
            "GET": lambda api, asked: api._answer(asked, lambda caller: api._read_one(asked, caller, entity, number))
        }
        return machine.serve(request, actions, "/audit/v1/%s/%s" % (entity, number))
