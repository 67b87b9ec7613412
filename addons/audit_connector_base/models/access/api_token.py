import secrets
from datetime import datetime
from typing import NamedTuple

from odoo import api, fields, models

from ...core.allowance import Allowance
from ...transaction import short_transaction
from ..environment import environment_of
from .api_key import digest_of

TOKEN_PREFIX = "adt_"
LIFETIME = 900  # seconds
MOST_LIVE = 100  # tokens of one client at a time

# One request out of the bucket of ``known``, a client. As an upsert it is safe with any number of requests at a time,
# but only READ COMMITTED: see ``transaction``.
TAKE = """
    INSERT INTO audit_api_usage AS u (client_id, level, allowed, at, last_used_at, day, calls)
    SELECT client_id, burst - 1, TRUE, clock_timestamp() AT TIME ZONE 'UTC', clock_timestamp() AT TIME ZONE 'UTC',
           (clock_timestamp() AT TIME ZONE 'UTC')::date, 1
      FROM known
        ON CONFLICT (client_id) DO UPDATE SET (level, allowed, at, last_used_at, day, calls) = (
           SELECT filled - CASE WHEN filled >= 1 THEN 1 ELSE 0 END, filled >= 1, excluded.at,
                  CASE WHEN filled >= 1 THEN excluded.at ELSE u.last_used_at END, excluded.day,
                  CASE WHEN u.day = excluded.day THEN u.calls ELSE 0 END + CASE WHEN filled >= 1 THEN 1 ELSE 0 END
             FROM (SELECT LEAST(known.burst, u.level + known.rate_per_minute / 60.0
                          * GREATEST(0, extract(epoch FROM excluded.at - u.at))) AS filled FROM known) AS now)
    RETURNING level, allowed
"""

# Whose token it is, whether it counts here and now, and one request out of the client's bucket.
ENTER = """
WITH known AS (
    SELECT t.id AS token_id, t.scopes, t.expires_at, c.id AS client_id, c.client_id AS uuid, c.name, c.connector_id,
           c.burst, c.rate_per_minute,
           ARRAY(SELECT r.res_company_id FROM audit_api_client_company_rel r
                  WHERE r.audit_api_client_id = c.id ORDER BY 1) AS companies
      FROM audit_api_token t
      JOIN audit_api_client c ON c.id = t.client_id
     WHERE t.digest = %(digest)s
       AND t.expires_at > clock_timestamp() AT TIME ZONE 'UTC'
       AND c.state = 'active'
       AND c.environment = %(environment)s
       AND c.expires_on >= (clock_timestamp() AT TIME ZONE 'UTC')::date
       AND (coalesce(c.network_list, '') = ''
            OR %(address)s::inet <<= ANY (string_to_array(c.network_list, ',')::inet[]))
), taken AS (TAKE)
SELECT known.*, taken.level, taken.allowed,
       (SELECT min(xact_start) AT TIME ZONE 'UTC' FROM pg_stat_activity
         WHERE datname = current_database() AND backend_type = 'client backend') AS as_of
  FROM known, taken
""".replace("TAKE", TAKE)

TAKE_ONE = """
WITH known AS (SELECT id AS client_id, burst, rate_per_minute FROM audit_api_client WHERE id = %s), taken AS (TAKE)
SELECT allowed, level, burst, rate_per_minute FROM known, taken
""".replace("TAKE", TAKE)

TABLES = """
CREATE TABLE IF NOT EXISTS audit_api_usage (
    client_id integer PRIMARY KEY REFERENCES audit_api_client ON DELETE CASCADE,
    level double precision NOT NULL,
    allowed boolean NOT NULL,
    at timestamp NOT NULL,
    last_used_at timestamp,
    day date NOT NULL,
    calls integer NOT NULL
);
-- Signed statements of clients that were used, until they have expired.
CREATE TABLE IF NOT EXISTS audit_api_statement (
    client_id integer NOT NULL REFERENCES audit_api_client ON DELETE CASCADE,
    digest varchar NOT NULL,
    expires_at timestamp NOT NULL,
    PRIMARY KEY (client_id, digest)
);
"""


class Caller(NamedTuple):
    """Who asks, in plain values, and what is left of the client's allowance.

    ``as_of``: a time (naive UTC) such that all that was written before it can be seen by now.
    """

    client_id: int
    uuid: str
    name: str
    company_ids: tuple
    scopes: frozenset
    connector_id: int | None
    expires_at: datetime
    allowance: Allowance
    as_of: datetime

    def may(self, entity, verb):
        return "%s:%s" % (entity, verb) in self.scopes


class AuditApiToken(models.Model):
    """An access token of a client: opaque, good for a quarter of an hour, kept as its SHA-256."""

    _name = "audit.api.token"
    _inherit = "audit.company.bound"
    _description = "API Access Token"
    _log_access = False
    _order = "id desc"
    _rec_name = "client_id"

    client_id = fields.Many2one("audit.api.client", required=True, readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="client_id.company_id", store=True, precompute=True)
    digest = fields.Char(required=True, readonly=True, groups=fields.NO_ACCESS, copy=False)
    scopes = fields.Char(readonly=True, help="What it is good for, as the client asked.")
    source = fields.Char(string="Given To", readonly=True, help="Address that asked for it; for IPv6 its network.")
    issued_at = fields.Datetime(string="Given On", required=True, readonly=True)
    expires_at = fields.Datetime(string="Good Until", required=True, readonly=True, index=True)

    _sql_constraints = [("digest_unique", "UNIQUE (digest)", "A token is given once.")]

    def init(self):
        self.env.cr.execute(TABLES)

    @api.model
    def _take(self, client):
        """Take one request off the allowance of ``client``; returns the ``Allowance``. In a ``short_transaction``."""
        self.env.cr.execute(TAKE_ONE, [client.id])
        return Allowance(*self.env.cr.fetchone())

    @api.model
    def _issue(self, client, scopes, source):
        """Return a new token (text) for ``client``. Sudo: whoever may have one was decided by the caller."""
        token = TOKEN_PREFIX + secrets.token_urlsafe(32)
        self.env.cr.execute(
            """
            DELETE FROM audit_api_token WHERE client_id = %s AND id NOT IN (
                SELECT id FROM audit_api_token
                 WHERE client_id = %s AND expires_at > clock_timestamp() AT TIME ZONE 'UTC'
                 ORDER BY id DESC LIMIT %s)
            """,
            [client.id, client.id, MOST_LIVE - 1],
        )
        self.env.cr.execute(
            """
            INSERT INTO audit_api_token (client_id, company_id, digest, scopes, source, issued_at, expires_at)
            SELECT %s, %s, %s, %s, %s, now.at, now.at + %s * interval '1 second'
              FROM (SELECT clock_timestamp() AT TIME ZONE 'UTC' AS at) now
            """,
            [client.id, client.company_id.id, digest_of(token), " ".join(scopes), source, LIFETIME],
        )
        return token

    @api.model
    def _enter(self, token, address):
        """Return the ``Caller`` that ``token`` (text) belongs to, having taken one request off its allowance.

        None where it is good for nothing here and now, whatever the reason. ``address``: of the sender, or None.
        """
        with short_transaction(self.env.registry, durable=False) as env:
            env.cr.execute(ENTER, {"digest": digest_of(token), "environment": environment_of(env), "address": address})
            row = env.cr.dictfetchone()
        if not row:
            return None
        return Caller(
            client_id=row["client_id"],
            uuid=row["uuid"],
            name=row["name"],
            company_ids=tuple(row["companies"]),
            scopes=frozenset(row["scopes"].split()),
            connector_id=row["connector_id"],
            expires_at=row["expires_at"],
            allowance=Allowance(row["allowed"], row["level"], row["burst"], row["rate_per_minute"]),
            as_of=row["as_of"],
        )

    @api.model
    def _why_not(self, token, address):
        """Return ``(id of the client or None, why a token was not accepted)``, for our own log."""
        with short_transaction(self.env.registry, durable=False) as env:
            known = env["audit.api.token"].search([("digest", "=", digest_of(token))])
            if not known:
                return None, "unknown token"
            client = known.client_id
            if known.expires_at <= fields.Datetime.now():
                return client.id, "token expired"
            return client.id, client._why_refused(address) or "token refused"

    @api.model
    def _end(self, clients):
        """Make all tokens of ``clients`` worthless. SQL: nobody holds the right to delete tokens."""
        self.env.cr.execute("DELETE FROM audit_api_token WHERE client_id = ANY(%s)", [clients.ids])
        self.invalidate_model()

    @api.autovacuum
    def _forget_expired(self):
        self.env.cr.execute("DELETE FROM audit_api_token WHERE expires_at < now() AT TIME ZONE 'UTC'")
