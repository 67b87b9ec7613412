"""Reasons of rejections and returns in words, with what to do and who has to do it.

Codes of ISO 20022's external sets ExternalStatusReason1Code and ExternalReturnReason1Code, as far as banks use them.
"""

from typing import NamedTuple

FIX_DATA = "fix_data"
FUNDS = "funds"
MANDATE = "mandate"
SUSPICION = "suspicion"
RETRY = "retry"
ASK = "ask"

CLASSES = {
    FIX_DATA: "Correct the data and send it again",
    FUNDS: "Provide funds, then send again",
    MANDATE: "Clear the mandate or the refusal with the payer",
    SUSPICION: "Stop and examine before anything else",
    RETRY: "Send again later, nothing is to be changed",
    ASK: "Ask the bank or the other party for the reason",
}

US = "us"
OTHER_PARTY = "other_party"
BANK = "bank"

ACTORS = {US: "We have to act", OTHER_PARTY: "The other party has to act", BANK: "The bank has to act"}


class Words(NamedTuple):
    """A reason in words. ``kind``: one of ``CLASSES``; ``actor``: one of ``ACTORS``; ``known``: the code is listed."""

    code: str | None
    text: str
    kind: str
    actor: str
    known: bool = True


# class, then code and words, in the order of the codes
_LISTED = {
    FIX_DATA: """
        AC01 Account number incorrect
        AC02 Payer's account number invalid
        AC03 Payee's account number invalid
        AC04 Account closed
        AC05 Payer's account closed
        AC07 Payee's account closed
        AC08 Branch code invalid
        AC09 Currency of the account invalid
        AC10 Currency of the payer's account invalid
        AC11 Currency of the payee's account invalid
        AC12 Type of account invalid
        AC13 Type of the payer's account invalid
        AC14 Type of the payee's account invalid
        AC15 Account details have changed
        AG02 Operation code invalid
        AG03 Type of payment not supported
        AGNT Wrong bank in the payment chain
        AM01 Amount is zero
        AM02 Amount not allowed
        AM03 Currency not allowed
        AM06 Amount too low
        AM09 Wrong amount
        AM10 Control sum wrong
        AM11 Currency of the payment invalid
        AM12 Amount invalid
        AM15 Amount below the minimum
        AM16 Control sum of the message wrong
        AM17 Control sum of the payment wrong
        AM18 Number of transactions wrong
        AM19 Number of transactions of the message wrong
        AM20 Number of transactions of the payment wrong
        BE01 Name does not fit the account
        BE04 Payee's address missing
        BE05 Sender or creditor identifier not recognised
        BE06 Customer unknown at the bank
        BE07 Payer's address missing
        BE08 Payer's name missing
        BE10 Payer's country invalid
        BE11 Payee's country invalid
        BE15 Identification invalid
        BE16 Payer's identification invalid
        BE17 Payee's identification invalid
        BE22 Payee's name missing
        CH03 Execution date too far in the future
        CH04 Execution date too far in the past
        CH11 Creditor identifier incorrect
        CNOR Payee's bank cannot be reached this way
        CURR Wrong currency
        DNOR Payer's bank cannot be reached this way
        DT01 Date invalid
        DT02 Creation date invalid
        DT03 Not a banking day
        DT04 Date in the future not supported
        FF01 File format invalid
        FF03 Type of payment invalid
        FF05 Local instrument invalid
        FF06 Category purpose invalid
        FF07 Purpose code invalid
        FF08 End-to-end reference invalid
        MD03 File format invalid
        NOCM Conditions of the bank not met
        PY01 Bank cannot be reached
        RC01 Bank identifier incorrect
        RC03 Identifier of the payer's bank invalid
        RC04 Identifier of the payee's bank invalid
        RC05 BIC invalid
        RC06 BIC of the payer's bank invalid
        RC07 BIC of the payee's bank invalid
        RC08 Clearing number invalid
        RC10 Clearing number of the payee's bank invalid
        RF01 Reference not unique
        RR01 Payer's account or identification missing
        RR02 Payer's name or address missing
        RR03 Payee's name or address missing
        RR05 Regulatory information invalid
        RR06 Tax information invalid
        RR07 Remittance information invalid
        RR09 Structured creditor reference invalid
        RR10 Letters that are not allowed
        RR12 Identification of a party invalid
    """,
    FUNDS: """
        AM04 Insufficient funds
        AM07 Amount blocked
        AM13 Amount above the limit of the clearing system
        AM14 Amount above the agreed limit
        AM21 Limit exceeded
    """,
    MANDATE: """
        AC06 Account blocked
        AG01 Transaction forbidden on this kind of account
        AG07 Direct debit failed
        MD01 No valid mandate
        MD02 Mandate data missing or incorrect
        MD05 Collection not due
        MD06 Refund asked for by the payer
        MD07 Account holder deceased
        MD08 Mandate not active
        MS02 Refused by the payer
        SL01 Refused by a service of the payer's bank
        SL11 Creditor not on the payer's list of allowed ones
        SL12 Creditor on the payer's list of refused ones
        SL13 More direct debits than the payer allows
        SL14 Amount above what the payer allows
    """,
    SUSPICION: """
        AM05 Duplicate
        CUST Called back by the customer
        DU01 Message sent before
        DU02 Payment sent before
        DU03 Transaction sent before
        DU04 End-to-end reference used before
        DU05 Instruction reference used before
        DUPL Duplicate payment
        FOCR Returned after a request to cancel
        FR01 Fraud
        FRAD Of fraudulent origin
        LEGL Legal decision
        RR04 Regulatory reason (sanctions, anti-money-laundering)
        UPAY Payment was not due
    """,
    RETRY: """
        AB01 Clearing took too long and was stopped
        AB03 Settlement took too long and was stopped
        AB05 Payee's bank did not answer in time
        AB06 Bank in the chain did not answer in time
        AB07 Bank in the chain cannot be reached
        AB08 Payee's bank cannot be reached
        AB09 Error at the payee's bank
        AB10 Error at a bank in the chain
        AG10 Bank suspended from the clearing system
        AG11 Payee's bank suspended from the clearing system
        DT05 Received after the cut-off time
        DT06 Execution date was moved
        ED05 Settlement failed
        ED06 Settlement system not available
        FF10 Error in the bank's system
        TECH Technical problem
        TM01 Received after the cut-off time
    """,
    ASK: """
        AG08 Access rights not sufficient
        AG09 Payment not received
        ARDT Already returned
        MS03 Reason not given by the bank
        NARR Reason given as text
        NOAS No answer from the customer
        NOOR Original transaction not received
        SVNR Service was not rendered
    """,
}

_WORDS = {
    code: (text, kind)
    for kind, lines in _LISTED.items()
    for code, _, text in (line.strip().partition(" ") for line in lines.strip().splitlines())
}

_BANK_ACTS = {"FF10", "TECH", "ED05", "ED06", "AB09", "AB10"}
_OTHER_ACTS = {"MD06", "MS02", "MD07", "AC06", "SL01", "SL11", "SL12", "SL13", "SL14", "NOAS"}


def words(code, collection=False):
    """Return the ``Words`` for a reason ``code`` (or None).

    ``collection``: the payment is a direct debit of ours, so funds are missing at the payer, not with us.
    """
    if code not in _WORDS:
        text = "Reason %s of the bank" % code if code else "No reason given"
        return Words(code, text, ASK, US, known=False)
    text, kind = _WORDS[code]
    if code in _BANK_ACTS:
        actor = BANK
    elif code in _OTHER_ACTS or (collection and kind in (FUNDS, MANDATE)):
        actor = OTHER_PARTY
    else:
        actor = US
    return Words(code, text, kind, actor)
