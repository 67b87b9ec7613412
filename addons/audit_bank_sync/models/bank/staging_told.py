from ...core.staging.pairing import Pair
from .staging import ROW, Staging


class StagingTold(Staging):
    """Takes in one transaction that a system tells of under a number of its own.

    Under a number that is known it is the transaction of that number, whatever else it says by now. Under a new one it
    is none of those that the same system told of under others, so that two equal ones stay two; but it may be one that
    a statement has told of.

    :param account: the ``audit.bank.account``, locked
    :param connector: the ``audit.connector`` that tells
    :param known: the ``audit.bank.transaction`` that it told of under this number before, nothing when it is new
    """

    def __init__(self, env, account, window, connector, known):
        super().__init__(env, lambda page: account, window=window)
        self._told_before = known
        self._connector = connector

    def _known(self, stretch, keys):
        if self._told_before:
            return [self._row(self._told_before)]
        rows = super()._known(stretch, keys)
        told = self.env["audit.external.id"].search(
            [
                ("connector_id", "=", self._connector.id),
                ("res_model", "=", "audit.bank.transaction"),
                ("res_id", "in", [row["id"] for row in rows]),
            ]
        )
        others = set(told.mapped("res_id"))
        return [row for row in rows if row["id"] not in others]

    def _pairs(self, stretch, known, keys):
        if self._told_before:
            return [Pair(0, 0, 1.0, ["same number at %s" % self._connector.name], True)]
        return super()._pairs(stretch, known, keys)

    def _row(self, transaction):
        """A transaction as ``_known`` reads it."""
        self.env.cr.execute(ROW + " WHERE t.id = %s", [transaction.id])
        return self.env.cr.dictfetchone()
