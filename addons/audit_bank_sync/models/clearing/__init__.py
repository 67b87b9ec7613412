from . import mapping, payout, settlement
