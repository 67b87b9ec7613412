"""What clients tell of consents and of the accounts that these open."""

import datetime
from dataclasses import dataclass

from ..bank_files.statement import Account

WAITING = "waiting"
GOOD = "good"
"""States of a consent, beside the ends that `failures` names."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A consent that was asked for. ``id``: the bank's; ``link``: where its owner agrees, in their browser."""

    id: str
    link: str


@dataclass(frozen=True, slots=True)
class Consent:
    """A consent as it stands. ``state``: WAITING, GOOD, or an end of `failures`; ``until``: its last day, or None.

    ``calls_a_day``: unattended calls that it permits, None when the bank does not say; ``word``: the bank's own.
    """

    id: str
    state: str
    until: datetime.date | None
    calls_a_day: int | None = None
    word: str | None = None


@dataclass(frozen=True, slots=True)
class Offered:
    """An account that a consent opens. ``id``: by which it is asked for, good as long as the consent;
    ``lasting_id``: by which it is recognised under another consent, or None."""

    id: str
    account: Account
    lasting_id: str | None = None
    product: str | None = None
