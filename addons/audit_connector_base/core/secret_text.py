"""What may be stored as a secret at all, whatever it serves. No error quotes the text."""

MAX_LENGTH = 65536


def check(text):
    """Raise ``ValueError`` with the reason unless ``text`` can be stored and sent; it is never quoted.

    A lone surrogate would fail later, in an error that carries the whole text along (``UnicodeEncodeError.object``).
    """
    if not text.strip():
        raise ValueError("It is empty.")
    if len(text) > MAX_LENGTH:
        raise ValueError("It has more than %d characters." % MAX_LENGTH)
    if any(character == "\x00" or "\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("It holds a character that cannot be stored. Copy it again.")
