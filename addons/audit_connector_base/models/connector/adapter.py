import importlib
import re
from dataclasses import dataclass, field
from datetime import datetime

from odoo import _, api, models
from odoo.exceptions import ValidationError

# Headers of an answer that help to understand it. All others may carry secrets and are left out.
HEADERS_KEPT = {
    "content-length",
    "content-type",
    "date",
    "location",
    "retry-after",
    "server",
    "traceparent",
    "x-request-id",
}

VERDICTS = {"delivered", "retry", "slow_down", "gone", "dead"}
# U+0000 and lone surrogates: neither PostgreSQL nor canonical JSON takes them.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(text):
    """Return ``text`` with a replacement character for each that cannot be stored; the other side chooses freely."""
    return _UNSTORABLE.sub("\ufffd", text)


def kept_headers(headers):
    """Return the answer's headers that may be stored, by allow-list."""
    return {name: value for name, value in headers.items() if name.lower() in HEADERS_KEPT}


@dataclass(frozen=True)
class Message:
    """What an adapter is asked to send: plain values, so that it can be handed to a thread.

    ``id`` never changes between attempts; ``body`` are the exact bytes that the log committed to; ``traceparent``
    (W3C) is that of what happened, empty when there is none; ``entity`` is the kind of document, as its contract.
    """

    id: str
    type: str
    subject: str
    body: bytes
    content_type: str
    created_at: datetime
    attempt: int = 1
    entity: str = ""
    traceparent: str = ""


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended.

    ``verdict`` is one of ``delivered``, ``retry``, ``slow_down``, ``gone``, ``dead``; ``retry_after`` in seconds is
    what the other side asked for; ``reached`` is False when nothing was sent, so that it says nothing about the other
    side. Headers are redacted and the body is capped before they come here. Texts are made storable, so that what one
    receiver answers never spoils the outcomes that are written together with it.

    ``target`` is what was called, such as ``PUT https://…``, without secrets; ``fault`` says what kept an answer from
    coming: a kind of ``dial.Unreachable``, ``refused`` (by the egress policy), ``token`` (no access token), ``login``,
    ``broker`` (it did not take the message), ``route`` (nobody there wants messages of this kind), ``size`` (larger
    than it takes) or ``settings``.

    :raises ValueError: for a verdict that does not exist
    """

    verdict: str
    reason: str = ""
    status: int | None = None
    retry_after: float | None = None
    request_headers: dict = field(default_factory=dict)
    answer_headers: dict = field(default_factory=dict)
    answer_body: bytes = b""
    answer_truncated: bool = False
    answer_sha256: str = ""
    peer: str = ""
    seconds: float = 0.0
    reached: bool = True
    target: str = ""
    fault: str = ""

    def __post_init__(self):
        if self.verdict not in VERDICTS:
            raise ValueError("%r is no verdict" % (self.verdict,))
        for name in ("reason", "peer", "target"):
            object.__setattr__(self, name, storable(getattr(self, name)))
        for name in ("request_headers", "answer_headers"):
            headers = getattr(self, name).items()
            object.__setattr__(self, name, {storable(key): storable(value) for key, value in headers})


@dataclass(frozen=True)
class Incoming:
    """A message that was picked up. ``id`` is None where the other side gives none; ``handle`` is the collector's."""

    id: str | None
    content_type: str
    body: bytes
    headers: dict = field(default_factory=dict)
    handle: object = None


class CannotCollect(Exception):
    """Nothing can be picked up now. ``reason``: what happened and what to do; ``fault``: as of an ``Outcome``."""

    def __init__(self, reason, fault=""):
        super().__init__(reason)
        self.reason = storable(reason)
        self.fault = fault


class Collector:
    """Picks up messages from a broker or a folder. Used from one thread; never touches the database.

    Its methods raise ``CannotCollect`` for what the network or the other side does.
    """

    # Sentences on what could be neither taken nor left in the way of the rest, for the connector's owner.
    put_aside = ()

    def take(self, limit, seconds):
        """Return up to ``limit`` ``Incoming`` messages, waiting at most ``seconds`` for the first."""
        raise NotImplementedError

    def confirm(self, incoming):
        """Tell the other side that this one is stored here and must not come again."""
        raise NotImplementedError

    def confirm_all(self, incoming):
        """Confirm a list of them; may be quicker than one by one."""
        for one in incoming:
            self.confirm(one)

    def close(self):
        """Hang up; what was taken and not confirmed comes again."""


class Sender:
    """What ``_sender`` returns where a function is not enough: connections to keep, several messages at a time."""

    # Whether ``batch`` gets a single answer, which may be about any of its messages.
    answers_once = False

    def __call__(self, message):
        """Send one ``Message`` and return its ``Outcome``; called from several threads at once."""
        raise NotImplementedError

    def batch(self, messages, batch_id):
        """Send ``messages`` together and return one ``Outcome`` for each, in their order.

        ``batch_id`` is the same whenever the same messages are sent together again.
        """
        return [self(message) for message in messages]

    def close(self):
        """Close what was kept open; called once, when the run ends."""


class AuditAdapter(models.AbstractModel):
    """The family's contract. A platform is one file in ``adapters/`` with a model ``audit.adapter.<name>``.

    ``audit.connector`` finds adapters by the prefix of their name and calls nothing but these methods. Settings of an
    adapter are fields that its file adds to ``audit.connector``, named ``<name>_…``; ``_form`` puts them on the form.
    """

    _name = "audit.adapter"
    _description = "Audit Adapter"
    # Schemes of the addresses it understands; see ``core.address.DEFAULT_PORTS``.
    _schemes = ("https", "http")
    # Field of the connector with the certificate (PEM text) that its private key belongs to.
    _certificate_field = None
    # Whether what it collects comes with headers, in which a signature could stand.
    _collects_headers = False
    # Optional library: (module to import, what to install), such as ("pika", "pika>=1.3").
    _library = None

    @api.model
    def _label(self):
        """Name of the protocol or platform, as the administrator chooses it."""
        raise NotImplementedError

    @api.model
    def _form(self):
        """Return ``[(title, [field, …]), …]``: the groups of the connector's form that belong to this protocol.

        A field is its name, or ``(name, {attribute: value})`` with attributes of a field in a view, such as
        ``placeholder`` or ``invisible``.
        """
        return [(_("Where to"), ["url", "allowed_destinations"])]

    @api.model
    def _secrets_used(self):
        """Secret fields of the connector (``AuditConnector.SECRETS``) that this protocol may need, as in ``_form``."""
        return []

    @api.model
    def _secrets_needed(self, connector):
        """Names of those of ``_secrets_used`` that this connector uses as it is set up; others are left alone."""
        return [entry if isinstance(entry, str) else entry[0] for entry in self._secrets_used()]

    @api.model
    def _secret_kind(self, connector, name):
        """Kind of credential (``audit.credential.kind``) that a secret of this connector is, by the name of its field.

        A secret of one kind is not used as another: with another way of signing in it is entered anew.
        """
        return connector.SECRETS[name][1]

    @api.model
    def _certificate(self, connector):
        """PEM text of the certificate that belongs to the connector's private key, empty where there is none."""
        return (self._certificate_field and connector[self._certificate_field]) or ""

    @api.model
    def _warning(self, connector):
        """Return a sentence that stands above the connector's form as long as it is true, else an empty text."""
        return self._missing_library()

    @api.model
    def _destination(self, connector):
        """Text that the connector's secrets are bound to: another destination needs them entered anew."""
        return connector._url_destination(self._schemes)

    @api.model
    def _sends_to(self, connector):
        """Text for where messages go, which a second person approves when it changes; see ``destination``.

        More than secrets are bound to: on a host that serves many, the path says whose mailbox it is.
        """
        return connector._url_place(self._schemes)

    @api.model
    def _missing_library(self):
        """Return a sentence for the administrator when the optional library is not installed, else an empty text."""
        if not self._library:
            return ""
        module, requirement = self._library
        try:
            importlib.import_module(module)
        except ImportError:
            return _(
                "The protocol “%(protocol)s” needs the Python library %(library)s. Install it into the environment of "
                "Odoo (pip install '%(requirement)s') and restart Odoo.",
                protocol=self._label(),
                library=module,
                requirement=requirement,
            )
        return ""

    @api.model
    def _check_library(self):
        missing = self._missing_library()
        if missing:
            raise ValidationError(missing)

    @api.model
    def _check_settings(self, connector):
        """Raise ``ValidationError`` with the reason and the remedy when the connector cannot work as configured."""
        raise NotImplementedError

    @api.model
    def _sender(self, connector):
        """Return a function ``Message -> Outcome``, or a ``Sender``.

        All that needs the database (address, secrets, limits) is read here. The function itself runs in threads, at
        the same time for several messages, and never touches the environment; it does not raise for what the network
        or the other side does.
        """
        raise NotImplementedError

    @api.model
    def _collector(self, connector):
        """Return a ``Collector`` for what waits on the other side to be picked up, None when nothing can."""
        return None
