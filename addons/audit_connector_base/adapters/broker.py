import importlib
import time
from datetime import timezone

from odoo import _, api, models
from odoo.exceptions import ValidationError

from ..core import address as addresses
from ..core import dial, retry
from ..core.brokers import route
from ..core.brokers.link import Address, Letter, Link, Trouble, result_of
from ..models.connector.adapter import CannotCollect, Collector, Incoming, Outcome, Sender
from ..models.connector.http_exchange import PEM_STYLE

TROUBLES = (Trouble, dial.Refused, dial.Unreachable)
PATIENCE = 5  # seconds beyond a call's deadline after which its thread is taken for stuck
MOST_AT_A_TIME = 1000  # messages of a batch that are under way together


def client_class(module, name):
    """Return a class of ``core.brokers``, imported when it is needed: the libraries that they stand on are optional."""
    return getattr(importlib.import_module("..core.brokers.%s" % module, __package__), name)


class AuditBrokerAdapter(models.AbstractModel):
    """What the protocols of message brokers share; each says in ``_make_client`` which client speaks it."""

    _name = "audit.broker.adapter"
    _inherit = "audit.adapter"
    _description = "Message Broker Adapter"
    _collects_headers = True

    @api.model
    def _secrets_used(self):
        unused = "not collect or not collect_signed or inbound_active"
        return ["login_secret", ("inbound_secret", {"invisible": unused})]

    @api.model
    def _where_to(self, placeholder, login):
        """The first group of the form; ``login``: the field of the user name."""
        port = addresses.DEFAULT_PORTS[self._schemes[0]]
        return (
            _("Where to"),
            [
                ("url", {"placeholder": placeholder}),
                ("allowed_destinations", {"placeholder": _("one a line, e.g. broker.internal:%d", port)}),
                (login, {"string": _("User Name")}),
                ("ca_certificates", {"placeholder": "-----BEGIN CERTIFICATE-----", "style": PEM_STYLE}),
            ],
        )

    @api.model
    def _what_is_collected(self, *fields):
        """The last group of the form; ``fields``: those that say where messages are collected."""
        where = [(name, {"invisible": "not collect", **attributes}) for name, attributes in fields]
        signed = ("collect_signed", {"invisible": "not collect"})
        note = ("collect_note", {"invisible": "not collect_note"})
        return (_("What Is Collected"), ["collect", *where, signed, note])

    @api.model
    def _warning(self, connector):
        if connector.collect_trouble:
            return super()._warning(connector) or _("Nothing can be collected: %s", connector.collect_trouble)
        return super()._warning(connector)

    @api.model
    def _check_settings(self, connector):
        self._check_library()
        connector._check_url()
        connector._check_ca_certificates()
        try:
            self._check_broker(connector, self._url(connector))
            if connector.collect and connector.collect_signed:
                connector._check_collect_secret()
        except ValueError as error:
            raise ValidationError(
                _("The settings of connector “%(name)s”: %(reason)s", name=connector.name, reason=error)
            ) from error

    @api.model
    def _check_broker(self, connector, url):
        """Check the settings of this protocol; raises ``ValueError`` with the reason and the remedy."""
        raise NotImplementedError

    @api.model
    def _route(self, connector):
        """The template of routing keys, subjects or streams; see ``core.brokers.route``."""
        raise NotImplementedError

    @api.model
    def _login(self, connector):
        """The user name, or an empty text."""
        raise NotImplementedError

    @api.model
    def _make_client(self, connector, collecting):
        """Return a function ``(dialler, Address) -> Client`` for sending or ``collecting``.

        All that the database knows is read here, the function is called in another thread.
        """
        raise NotImplementedError

    @api.model
    def _url(self, connector):
        return addresses.check_url(connector.url or "", require_tls=False, schemes=self._schemes)

    @api.model
    def _sender(self, connector):
        self._check_settings(connector)
        return BrokerSender(self._link(connector, False), connector.timeout, self._route(connector), connector.url)

    @api.model
    def _collector(self, connector):
        self._check_settings(connector)
        return BrokerCollector(self._link(connector, True), connector.timeout) if connector.collect else None

    @api.model
    def _link(self, connector, collecting):
        url, dialler = self._url(connector), connector._dialler()
        secret = connector._secret_of("login") or ""
        tls = url.scheme in addresses.PROTECTED
        address = Address(url.host, url.port, tls, self._login(connector), secret)
        make = self._make_client(connector, collecting)
        return Link(lambda: make(dialler, address), connector.timeout)


class BrokerSender(Sender):
    """Sends over one kept connection, whichever thread asks."""

    def __init__(self, link, seconds, template, target):
        self._link = link
        self._seconds = seconds
        self._template = template
        self._target = target

    def __call__(self, message):
        return self._settled(self._started(message))

    def batch(self, messages, batch_id):
        """Send them together; of one document the next goes when the one before was taken."""
        outcomes, stopped = [None] * len(messages), set()
        for positions in _waves(messages):
            started = []
            for position in positions:
                if messages[position].subject not in stopped:
                    started.append((position, self._started(messages[position])))
                else:
                    reason = "waits for an earlier message about the same document, which was not taken"
                    outcomes[position] = Outcome("retry", reason, reached=False)
            for position, one in started:
                outcomes[position] = self._settled(one)
                if outcomes[position].verdict != "delivered":
                    stopped.add(messages[position].subject)
        return outcomes

    def close(self):
        self._link.close()

    def _started(self, message):
        """``(moment, route, future or error)`` of a message that is on its way."""
        moment = time.monotonic()
        try:
            to = route.fill(self._template, message.type, message.entity)
        except ValueError as error:
            return moment, "", error
        letter = Letter(
            id=message.id,
            type=message.type,
            content_type=message.content_type,
            body=message.body,
            route=to,
            created_at=message.created_at.replace(tzinfo=timezone.utc),
            trace=message.traceparent,
        )
        return moment, to, self._link.submit(lambda client: client.publish(letter))

    def _settled(self, started):
        moment, to, future = started
        known = {"target": "%s %s" % (self._target, to), "request_headers": {"route": to}}
        if isinstance(future, ValueError):
            return Outcome("dead", str(future), fault="settings", reached=False, **known)
        try:
            said = result_of(future, self._seconds + PATIENCE)
        except TROUBLES as error:
            verdict, reason, fault = _judged(error)
            return Outcome(verdict, reason, fault=fault, seconds=time.monotonic() - moment, **known)
        return Outcome("delivered", said, peer=self._link.peer, seconds=time.monotonic() - moment, **known)


class BrokerCollector(Collector):
    """Takes messages over one kept connection."""

    def __init__(self, link, seconds):
        self._link = link
        self._seconds = seconds

    def take(self, limit, seconds):
        picked = self._call(lambda client: client.take(limit, seconds), self._seconds + seconds)
        return [Incoming(one.id, one.content_type, one.body, one.headers, one.handle) for one in picked]

    def confirm(self, incoming):
        self.confirm_all([incoming])

    def confirm_all(self, incoming):
        handles = [one.handle for one in incoming]
        self._call(lambda client: client.confirm(handles), self._seconds)

    def close(self):
        self._link.close()

    def _call(self, operation, seconds):
        try:
            return self._link.call(operation, seconds)
        except TROUBLES as error:
            _verdict, reason, fault = _judged(error)
            raise CannotCollect(reason, fault) from error


def _judged(error):
    """``(verdict, reason, fault)`` of one of ``TROUBLES``."""
    if isinstance(error, Trouble):
        return error.verdict, error.reason, error.fault
    judged = retry.classify(error)
    return judged.verdict.value, judged.reason, "refused" if isinstance(error, dial.Refused) else error.kind


def _waves(messages):
    """Positions of the messages in lists that may go together: in each, every document once and in its order."""
    waves, seen = [], {}
    for position, message in enumerate(messages):
        number = seen[message.subject] = seen.get(message.subject, -1) + 1
        while number < len(waves) and len(waves[number]) >= MOST_AT_A_TIME:
            number += 1
        seen[message.subject] = number
        if number == len(waves):
            waves.append([])
        waves[number].append(position)
    return waves
