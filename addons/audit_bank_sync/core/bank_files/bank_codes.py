"""Bank transaction codes in words: ISO's domain, family and subfamily, SWIFT's types and the German business codes."""

_DOMAINS = {
    "PMNT": "Payments", "CAMT": "Cash management", "DERV": "Derivatives", "LDAS": "Loans, deposits and syndications",
    "FORX": "Foreign exchange", "PMET": "Precious metal", "CMDT": "Commodities", "TRAD": "Trade services",
    "SECU": "Securities", "ACMT": "Account management", "XTND": "Other",
}  # fmt: skip

_FAMILIES = {
    "RCDT": "Credit transfer received", "ICDT": "Credit transfer sent", "RRCT": "Instant credit transfer received",
    "IRCT": "Instant credit transfer sent", "RDDT": "Direct debit paid", "IDDT": "Direct debit collected",
    "RCHQ": "Cheque received", "ICHQ": "Cheque issued", "CCRD": "Card payment", "MCRD": "Card payments of customers",
    "CNTR": "At the counter", "DRFT": "Draft or bill of exchange", "LBOX": "Lockbox", "ACCB": "Account balancing",
    "CAPL": "Cash pooling", "MDOP": "Other debit", "MCOP": "Other credit", "ACOP": "Additional credit operation",
    "ADOP": "Additional debit operation", "OPCL": "Opening or closing of the account", "FTLN": "Fixed term loan",
    "NTLN": "Notice loan", "FTDP": "Fixed term deposit", "NTDP": "Notice deposit", "MGLN": "Mortgage",
    "CSLN": "Consumer loan", "SYDN": "Syndicated loan", "SPOT": "Spot", "FWRD": "Forward", "SWAP": "Swap",
    "FTUR": "Future", "NDFX": "Non-deliverable exchange", "SETT": "Settlement", "NSET": "Trade not settled",
    "CORP": "Corporate action", "CUST": "Custody", "COLL": "Collateral", "STLC": "Stand-by letter of credit",
    "DOCC": "Documentary collection", "DCCT": "Documentary credit", "CLNC": "Clean collection", "GUAR": "Guarantee",
}  # fmt: skip

_SUBFAMILIES = {
    "ESCT": "SEPA", "DMCT": "domestic", "XBCT": "to or from abroad", "SALA": "salary", "XBSA": "salary abroad",
    "STDO": "standing order", "XBST": "standing order abroad", "BOOK": "within the bank", "AUTT": "automatic transfer",
    "FICT": "between banks", "SDVA": "value of the same day", "VCOM": "with a reference of the payee",
    "PRCT": "priority", "ACDT": "clearing house credit", "ADBT": "clearing house debit",
    "ARET": "clearing house return",
    "ESDD": "SEPA core", "BBDD": "SEPA business to business", "PADD": "pre-authorised", "OODD": "one-off",
    "PMDD": "direct debit", "FIDD": "between banks", "UPDD": "returned unpaid", "PRDD": "reversed by the creditor",
    "RCDD": "reversed after a request to cancel", "RPCR": "reversed after a request to cancel",
    "RRTN": "returned", "XBDD": "to or from abroad", "POSD": "at a point of sale", "POSC": "by credit card",
    "POSP": "at a point of sale", "CWDL": "cash withdrawal", "CDPT": "cash deposit", "XBCW": "cash withdrawal abroad",
    "XBCP": "card payment abroad", "BCDP": "deposit at a branch", "BCWD": "withdrawal at a branch",
    "FCDP": "deposit in foreign currency", "FCWD": "withdrawal in foreign currency", "MIXD": "mixed deposit",
    "CCHQ": "cheque", "BCHQ": "bank cheque", "CRCQ": "crossed cheque", "URCQ": "cheque under reserve",
    "UPCQ": "unpaid cheque", "CQRV": "reversed cheque", "XBCQ": "foreign cheque", "SMRT": "smart card",
    "ZABA": "zero balancing", "TOPG": "topping", "SWEP": "sweeping", "DSBR": "controlled disbursement",
    "ODFT": "overdraft", "XBRD": "across borders", "CHRG": "charges", "COMM": "commission",
    "COME": "commission without tax", "COMI": "commission with tax", "COMT": "commission free of tax", "FEES": "fees",
    "TAXE": "taxes", "INTR": "interest", "RIMB": "reimbursement", "ADJT": "adjustment", "CAJT": "credit adjustment",
    "DAJT": "debit adjustment", "ERTA": "exchange rate adjustment", "DVCA": "cash dividend", "TRAD": "trade",
    "PPAY": "principal payment", "RNEW": "renewal", "DDWN": "drawdown", "DPST": "deposit", "RPMT": "repayment",
    "ACCO": "opening", "ACCC": "closing",
}  # fmt: skip

_SWIFT = {
    "BNK": "Bank fees on securities", "BOE": "Bill of exchange", "BRF": "Brokerage fee", "CAR": "Corporate action",
    "CHG": "Charges and other expenses", "CHK": "Cheque", "CLR": "Cash letter or cheques remitted",
    "CMI": "Cash management", "CMN": "Notional pooling", "CMP": "Compensation claim", "CMS": "Sweeping",
    "CMT": "Topping", "CMZ": "Zero balancing", "COL": "Collection", "COM": "Commission", "CPN": "Coupon payment",
    "DCR": "Documentary credit", "DDT": "Direct debit", "DIV": "Dividend", "EQA": "Equivalent amount",
    "FEX": "Foreign exchange", "INT": "Interest", "LBX": "Lockbox", "LDP": "Loan deposit", "MAR": "Margin payment",
    "MAT": "Maturity", "MGT": "Management fee", "MSC": "Miscellaneous", "ODC": "Overdraft charge",
    "PCH": "Purchase of securities", "RTI": "Returned item", "SAL": "Sale of securities", "SEC": "Securities",
    "STO": "Standing order", "STP": "Stamp duty", "SWP": "Swap", "TAX": "Withholding tax", "TCK": "Traveller's cheque",
    "TRF": "Transfer", "TRN": "Transaction fee", "VDA": "Value date adjustment",
}  # fmt: skip

_GERMAN = {
    "104": "SEPA direct debit paid, business to business", "105": "SEPA direct debit paid, core",
    "106": "Card payment", "108": "SEPA direct debit returned, business to business",
    "109": "SEPA direct debit returned, core", "116": "SEPA transfer sent", "117": "SEPA standing order sent",
    "152": "SEPA standing order received", "153": "SEPA salary received", "159": "SEPA transfer returned to us",
    "166": "SEPA transfer received", "168": "SEPA instant transfer received",
    "171": "SEPA direct debit collected, core",
    "174": "SEPA direct debit collected, business to business", "177": "SEPA transfer sent online",
    "191": "SEPA transfers sent as a batch", "192": "SEPA direct debits collected as a batch, core",
    "194": "SEPA transfers received as a batch", "196": "SEPA direct debits collected as a batch, business to business",
    "201": "Transfer sent abroad", "202": "Transfer received from abroad", "805": "Closing of the account period",
    "808": "Charges", "809": "Commission", "814": "Interest", "820": "Transfer between own accounts",
}  # fmt: skip


def words(code):
    """Return a ``BankCode`` (or None) in words, or None when nothing of it is known."""
    if code is None:
        return None
    family = _FAMILIES.get(code.family)
    if family:
        more = _SUBFAMILIES.get(code.subfamily)
        return "%s, %s" % (family, more) if more else family
    return _own_words(code) or _DOMAINS.get(code.domain if code.domain != "XTND" else None)


def _own_words(code):
    """Return the words for a bank's own code: NTRF, or German NTRF+166+00931 or +166."""
    own = code.proprietary
    if not own:
        return None
    kind, _, rest = own.partition("+")
    german = rest.partition("+")[0]
    if german in _GERMAN:
        return _GERMAN[german]
    return _SWIFT.get(kind[1:]) if len(kind) == 4 and kind[0] in "NSF" else None
