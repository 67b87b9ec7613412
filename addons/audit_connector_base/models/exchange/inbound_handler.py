from dataclasses import dataclass, field
from typing import Any

from odoo import api, models
from odoo.tools import ormcache

PREFIX = "audit.inbound.handler."


class Mismatch(Exception):
    """A message that is not what it should be; ``violations``: list of ``{"path", "text"}``.

    ``contract``: the one that it does not match (``invoice/1.0``); None where no contract can say it.
    """

    def __init__(self, text, violations, contract=None):
        super().__init__(text)
        self.violations = violations
        self.contract = contract


@dataclass
class Handled:
    """What a handler did: ``sentence`` for people, ``record`` (at most one) it was about."""

    sentence: str
    record: Any = None
    facts: dict = field(default_factory=dict)


class AuditInboundHandler(models.AbstractModel):
    """The family's contract: what a type of message does is one file with a model ``audit.inbound.handler.<name>``.

    Handlers are found by the prefix of their name; nothing but these methods is called. They run as the superuser in
    the connector's company, in a transaction that is committed together with the message's state.
    """

    _name = "audit.inbound.handler"
    _description = "Audit Inbound Handler"

    @api.model
    def _message_types(self):
        """The types of messages that this handler takes, as a list of text."""
        raise NotImplementedError

    @api.model
    def _contract(self):
        """``(entity, main version)`` of the contract that the data of its messages must match.

        Its newest approved version under that main one counts.
        """
        raise NotImplementedError

    @api.model
    def _entity(self):
        """``(code, label)`` of what it changes, as reference mapping and authority rules know it; None when nothing."""
        return None

    @api.model
    def _field_groups(self):
        """``[(code, label), …]`` of the groups of fields whose owner an authority rule names."""
        return []

    @api.model
    def _api_entity(self):
        """``(entity, name for people)`` of what a client of the API may add by it; None when only connectors may."""
        return None

    @api.model
    def _handle(self, message, data):
        """Do what the message asks for, as far as the sender may.

        What it may not is left undone and raised by ``audit.exception._raise``. Whatever it raises undoes everything;
        a ``UserError`` tells people what to do.

        :param message: the ``audit.inbound.message``, its connector and company set
        :param data: the parsed content, which matches the contract
        :return: ``Handled``
        """
        raise NotImplementedError

    @api.model
    def _take_over(self, exception):
        """Apply what ``exception`` (one ``audit.exception``) shows as received, after people decided so.

        :return: the record that was changed or made
        """
        raise NotImplementedError

    @api.model
    @ormcache()
    def _by_type(self):
        """Return ``{message type: name of its handler's model}``."""
        return {
            kind: name
            for name in sorted(self.env.registry)
            if name.startswith(PREFIX)
            for kind in self.env[name]._message_types()
        }

    @api.model
    def _family(self):
        """Return the handlers' models."""
        return [self.env[name] for name in sorted(self.env.registry) if name.startswith(PREFIX)]
