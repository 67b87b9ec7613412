from ...core.bank_files import identity
from ...core.staging.pairing import Pair
from .staging import Staging
from .staging_queries import ROW

EQUAL = """
SELECT count(DISTINCT t.id)
  FROM audit_bank_transaction t
  JOIN audit_external_id x ON x.res_model = 'audit.bank.transaction' AND x.res_id = t.id
 WHERE t.account_id = %s AND x.connector_id = %s AND t.amount = %s AND t.date IS NOT DISTINCT FROM %s
   AND t.keys -> 'own' = to_jsonb(%s::varchar[]) AND t.keys ->> 'who' IS NOT DISTINCT FROM %s
   AND coalesce(t.keys ->> 'text', '') = %s
"""


class StagingTold(Staging):
    """Takes in one transaction that a system tells of under a number of its own.

    Under a number that is known it is the transaction of that number, whatever else it says by now. Under a new one it
    is none of those that the same system told of under others, so that two equal ones stay two; but it may be one that
    a statement has told of.

    :param account: the ``audit.bank.account``, locked
    :param connector: the ``audit.connector`` that tells
    :param known: the ``audit.bank.transaction`` that it told of under this number before, nothing when it is new

    ``looks_like``: the ``Pair`` and row of another transaction that one told of before may be, now that it is booked.
    """

    def __init__(self, env, account, window, connector, known):
        super().__init__(env, lambda page: account, window=window)
        self._told_before = known
        self._connector = connector
        self.looks_like = None

    def run(self, reading):
        """Number the entry among equal ones of this system first, as a statement will number them."""
        for entry in reading:
            entry.occurrence = self._told_before.occurrence if self._told_before else self._count_equal(entry) + 1
        return super().run(reading)

    def _count_equal(self, entry):
        keys = identity.keys(entry)
        account = self._account_of(entry.page)
        self.env.cr.execute(
            EQUAL,
            [
                account.id, self._connector.id, keys.amount, keys.date, sorted(keys.references), keys.counterparty,
                keys.text,
            ],
        )  # fmt: skip
        return self.env.cr.fetchone()[0]

    def _known(self, stretch, keys):
        """Those that the system told of under other numbers are none of them; statements may number otherwise."""
        rows = super()._known(stretch, keys)
        told = self.env["audit.external.id"].search(
            [
                ("connector_id", "=", self._connector.id),
                ("res_model", "=", "audit.bank.transaction"),
                ("res_id", "in", [row["id"] for row in rows]),
            ]
        )
        others = {*told.mapped("res_id"), *(self._told_before or told.browse()).ids}
        rows = [{**row, "occurrence": keys[0].occurrence} for row in rows if row["id"] not in others]
        return [self._row(self._told_before), *rows] if self._told_before else rows

    def _pairs(self, stretch, known, keys):
        if not self._told_before:
            return super()._pairs(stretch, known, keys)
        if keys[0].booked and known[0]["state"] != "booked":
            found = super()._pairs(stretch, known[1:], keys)
            self.looks_like = next(((pair, known[1 + pair.known]) for pair in found), None)
        return [Pair(0, 0, 1.0, ["same number at %s" % self._connector.name], True)]

    def _row(self, transaction):
        """A transaction as ``_known`` reads it."""
        self.env.cr.execute(ROW + " WHERE t.id = %s", [transaction.id])
        return self.env.cr.dictfetchone()
