"""The receiver's page: what arrived, readable for people who do not know webhooks."""

from html import escape

SHOWN = 200

_STYLE = """
:root { color-scheme: light dark; --ink: #1d2733; --soft: #66727f; --line: #e2e6ea; --card: #fff; --back: #f5f6f8;
        --good: #18794e; --bad: #b3261e; --accent: #71639e; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8eaed; --soft: #9aa5b1; --line: #333b45; --card: #1f252c; --back: #161a1f; --good: #5bbf8d;
          --bad: #f2877f; --accent: #b3a6dc; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
header { border-top: 4px solid var(--accent); background: var(--card); border-bottom: 1px solid var(--line); }
header > div, main { max-width: 1100px; margin: 0 auto; padding: 20px 24px; }
h1 { font-size: 21px; margin: 0; } h2 { font-size: 16px; margin: 28px 0 8px; }
p { margin: 4px 0 0; color: var(--soft); }
.figures { display: flex; gap: 16px; flex-wrap: wrap; }
.figure { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 12px 20px;
          min-width: 150px; }
.figure b { display: block; font-size: 26px; line-height: 1.2; font-variant-numeric: tabular-nums; }
.figure span { color: var(--soft); }
.sheet { background: var(--card); border: 1px solid var(--line); border-radius: 8px; overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: 9px 14px; border-bottom: 1px solid var(--line); white-space: nowrap; }
tr:last-child td { border-bottom: 0; }
th { color: var(--soft); font-weight: 600; font-size: 13px; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
td.wide { white-space: normal; }
small { color: var(--soft); display: block; }
.good { color: var(--good); } .bad { color: var(--bad); font-weight: 600; }
.empty { padding: 44px 24px; text-align: center; }
.empty b { font-size: 17px; }
code { font: 13px ui-monospace, monospace; }
"""


def render(book, fault):
    """Return the page as text. ``book``: as ``Book.content`` returns it; ``fault``: name of the fault on show, or
    ``off``."""
    counts = book["counts"]
    notice = "" if fault == "off" else '<p class="bad">Answering with a fault on demand: %s</p>' % escape(fault)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Audit platform (sandbox)</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta http-equiv="refresh" content="5">'
        "<style>%s</style></head><body><header><div><h1>Audit platform (sandbox)</h1>"
        "<p>Stands for an outside system. It receives what Odoo reports, checks the sender's signature and the agreed "
        "form, and keeps each message once.</p>%s</div></header><main>"
        % (_STYLE, notice)
        + '<div class="figures">%s%s%s</div>'
        % (
            _figure(counts["messages"], "messages received"),
            _figure(counts["duplicates"], "repeats recognised"),
            _figure(counts["refusals"], "refused"),
        )
        + "<h2>Received</h2>"
        + _messages(book["messages"])
        + _refusals(book["refusals"])
        + "</main></body></html>"
    )


def _figure(number, label):
    return '<div class="figure"><b>%d</b><span>%s</span></div>' % (number, label)


def _messages(messages):
    if not messages:
        return (
            '<div class="sheet empty"><b>Nothing has arrived yet</b><p>Post a customer invoice in Odoo; '
            "it appears here a moment later. This page refreshes by itself.</p></div>"
        )
    rows = "".join(map(_message, reversed(messages[-SHOWN:])))
    note = "<p>The newest %d of %d.</p>" % (SHOWN, len(messages)) if len(messages) > SHOWN else ""
    return (
        '<div class="sheet"><table><thead><tr><th>Time (UTC)</th><th>What happened</th><th>Document</th>'
        '<th class="number">Amount</th><th>Signature</th><th>Contract</th></tr></thead>'
        "<tbody>%s</tbody></table></div>%s" % (rows, note)
    )


def _message(message):
    data = message["event"].get("data")
    data = data if isinstance(data, dict) else {}
    partner = data.get("partner")
    partner = partner.get("name", "") if isinstance(partner, dict) else ""
    amounts = data.get("amounts")
    total = amounts.get("total", "") if isinstance(amounts, dict) else data.get("amount") or ""
    return (
        "<tr><td>%s</td><td>%s<small><code>%s</code></small></td><td>%s<small>%s</small></td>"
        '<td class="number">%s %s</td><td class="good">✓ verified</td><td class="good">✓ %s</td></tr>'
    ) % tuple(
        escape(str(text))
        for text in (
            message["received_at"].replace("T", " ").rstrip("Z"),
            message["type"],
            message["id"],
            data.get("number") or message["subject"],
            partner or message["subject"],
            total,
            data.get("currency") or "",
            data.get("contract") or "agreed form",
        )
    )


def _refusals(refusals):
    if not refusals:
        return ""
    rows = "".join(
        '<tr><td>%s</td><td class="bad">%s</td><td class="wide">%s<small><code>%s</code></small></td></tr>'
        % tuple(
            escape(str(refusal[name] if name != "received_at" else refusal[name].replace("T", " ").rstrip("Z")))
            for name in ("received_at", "status", "reason", "id")
        )
        for refusal in reversed(refusals[-SHOWN:])
    )
    return (
        '<h2>Refused</h2><div class="sheet"><table><thead><tr><th>Time (UTC)</th><th>Answer</th><th>Reason</th></tr>'
        "</thead><tbody>%s</tbody></table></div>" % rows
    )
