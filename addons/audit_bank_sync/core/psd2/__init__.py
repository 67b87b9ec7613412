"""NextGenPSD2 (Berlin Group, XS2A 1.3): a bank's own interface to its accounts. Begin at `client`.

client    consents, accounts, balances, transactions
reading   a transaction of the bank into an `Entry`
errors    what `tppMessages` mean
"""
