"""What the tests of secrets share: connectors with one secret of each kind, and a search for what must not be found."""

import base64
import json
import logging
from contextlib import contextmanager
from urllib.parse import quote, quote_plus

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from psycopg2 import sql

from ..core import signatures
from .http_case import RestCase

PASSWORD = "hunter2-Pass/wörd+1"
API_KEY = "hunter2-api-key-0001"
CLIENT_SECRET = "hunter2-client-secret"
INBOUND = "hunter2-inbound-bearer-token"


def openssh_key():
    """Text of a private key as people paste it for SFTP."""
    return (
        ed25519.Ed25519PrivateKey.generate()
        .private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption())
        .decode()
    )


def forms_of(secret):
    """The texts by which a secret would give itself away, as it is and as other formats write it."""
    lines = [line for line in secret.splitlines() if len(line) > 11 and not line.startswith("-----")]
    bare = [part for line in lines for part in (line, line.partition("_")[2]) if len(part) > 11]
    found = set()
    for text in bare:
        raw = text.encode()
        found |= {text, json.dumps(text)[1:-1], quote(text), quote_plus(text), raw.hex()}
        found.add(base64.b64encode(raw).decode().rstrip("=")[:-1])
    return found


@contextmanager
def everything_logged(but=()):
    """Collect what is logged in the block, by any logger and of every level, with tracebacks, as a list of texts.

    :param but: names of loggers to leave out
    """
    texts, formatter, root = [], logging.Formatter("%(name)s %(message)s"), logging.getLogger()

    class Collector(logging.Handler):
        def emit(self, record):
            if record.name not in but:
                texts.append(formatter.format(record))

    handler = Collector(logging.NOTSET)
    known = [one for one in root.manager.loggerDict.values() if isinstance(one, logging.Logger)]
    # What follows the levels of others needs none of its own; the usual handlers would be flooded.
    before = [(one, one.level) for one in [root, *known] if one.level or one is root]
    before += [(one, one.level) for one in root.handlers]
    try:
        for one, _level in before:
            one.setLevel(logging.DEBUG if isinstance(one, logging.Logger) else logging.CRITICAL + 1)
        root.addHandler(handler)
        yield texts
    finally:
        root.removeHandler(handler)
        for one, level in before:
            one.setLevel(level)


class SecretCase(RestCase):
    """Connectors of the administrator, by what their secret is."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second = cls._user("second", "audit_connector_base.group_audit_connector_admin")
        cls.approver = cls._user("approver", "audit_connector_base.group_audit_approver")
        for user in (cls.administrator, cls.second, cls.approver):
            user.email = "%s@brightwater.example" % user.login

    def _entered(self, name="Archive", user=None, **values):
        """A connector to an outside platform, made by the administrator; REST unless told otherwise."""
        connectors = self.env["audit.connector"].with_user(user or self.administrator)
        return connectors.create({"name": name, "adapter": "rest", "url": "https://archive.example/in", **values})

    def _all_kinds(self):
        """``(connectors by kind of their secret, the plaintexts)``."""
        certificate, private = self.authority.issue("odoo.example", days=200)
        pair, shared, ssh = signatures.new_private_key(), signatures.new_secret(), openssh_key()
        oauth = {
            "rest_auth": "oauth",
            "rest_token_url": "https://login.example/token",
            "rest_client_id": "odoo",
            "login_secret": CLIENT_SECRET,
        }
        sftp = {"adapter": "file", "file_place": "sftp", "file_user": "odoo", "url": "sftp://files.example/in"}
        receiving = {"inbound_active": True, "inbound_verification": "bearer", "inbound_secret": INBOUND}
        made = {
            "password": self._entered("Basic", rest_auth="basic", rest_login="odoo", login_secret=PASSWORD),
            "api_key": self._entered("Key", rest_auth="api_key", login_secret=API_KEY, **receiving),
            "oauth_client": self._entered("OAuth", rest_certificate=certificate, private_key=private, **oauth),
            "private_key": self._entered("Files", private_key=ssh, **sftp),
            "webhook_secret": self._entered("Webhook", adapter="webhook", signing_secret=shared),
            "key_pair": self._entered("Signed", adapter="webhook", signing_secret=pair),
        }
        return made, [PASSWORD, API_KEY, CLIENT_SECRET, INBOUND, private, pair, shared, ssh]

    def _assert_nowhere(self, secrets, text, where):
        for secret in secrets:
            for form in forms_of(secret):
                self.assertNotIn(form, text, "a secret (%s…) stands in %s" % (form[:4], where))

    def _assert_in_no_table(self, secrets):
        """Look into every row of every table of the database."""
        self.env.flush_all()
        forms = ["%%%s%%" % form.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
                 for secret in secrets for form in forms_of(secret)]  # fmt: skip
        self.env.cr.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
        tables = [row[0] for row in self.env.cr.fetchall()]
        self.assertIn("audit_credential", tables)
        found = []
        for table in tables:
            count = sql.SQL("SELECT count(*) FROM {} one WHERE one::text LIKE ANY(%s)")
            self.env.cr.execute(count.format(sql.Identifier(table)), [forms])
            if self.env.cr.fetchone()[0]:
                found.append(table)
        self.assertEqual(found, [])

    def _entries(self, kind, connector=None):
        """Entries of the log of one kind, the oldest first, of the credentials of a connector if one is given."""
        found = self.env["audit.log.entry"].sudo().search([("kind", "=", kind)], order="id")
        if connector:
            ids = connector.sudo().with_context(active_test=False).credential_ids.ids
            found = found.filtered(lambda one: one.res_model == "audit.credential" and one.res_id in ids)
        return found
