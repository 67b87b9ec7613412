"""What the clients of bank APIs share, so that a further one is small: see `psd2` and `enable_banking`.

calls      requests through the dialler, answers read strictly, what was asked noted for the log
failures   what went wrong, classified: consent, budget, outage, our access, the request, the answer
budget     calls a day: what is left, when the next may be made, on which hours they are spent
collecting the entries of an account and a period, page after page, into a `Fetched`
members    values out of JSON: amounts, dates, parties
granted    what clients tell of consents and accounts
"""
