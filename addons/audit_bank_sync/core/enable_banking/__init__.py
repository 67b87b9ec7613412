"""Enable Banking: an aggregator that opens many banks over one interface. Begin at `client`.

client    banks, consents (sessions), accounts, balances, transactions
signing   the statement (JWT, RS256) that proves who asks
reading   a transaction into an `Entry`
errors    what its codes mean
"""
