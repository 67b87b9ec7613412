"""The sandbox bank's calls: it tells whoever holds a consent that an account shows something new, and not what.

As often as the scenario's ``notices`` says, since banks repeat themselves. Sent to the address that came with the
consent (``TPP-Notification-URI``).
"""

import json
import urllib.error
import urllib.request

SECONDS = 10
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def standing(desk):
    """Return ``{account: what it shows}`` of the bank's day, to be compared with later."""
    return {
        name: [(status, given, one["amount"]) for status, given, one in desk.books.seen(account, desk.today)]
        for name, account in desk.books.accounts.items()
    }


def due(desk, before):
    """Return ``[(account, address)]`` of the calls to make, after ``before`` (of ``standing``)."""
    times = desk.books.setting("notices", 0)
    changed = [name for name, shown in standing(desk).items() if shown != before.get(name)] if times else []
    addresses = [
        one["notify"] for one in desk.state["consents"].values() if one["status"] == "valid" and one.get("notify")
    ]
    return [(name, address) for name in changed for address in addresses for _time in range(times)]


def make(call):
    """Make a call; returns what became of it: ``account`` and ``status``, None where nobody answered."""
    account, address = call
    body = json.dumps({"accountId": account, "transactionStatus": "new"}).encode()
    request = urllib.request.Request(address, body, {"Content-Type": "application/json"})
    try:
        with _OPENER.open(request, timeout=SECONDS) as answer:
            return {"account": account, "status": answer.status}
    except urllib.error.HTTPError as error:
        error.close()
        return {"account": account, "status": error.code}
    except OSError:
        return {"account": account, "status": None}
