import random

import pytest

from odoo.addons.audit_connector_base.core import page_cursor

KEY = page_cursor.derive_key("the database's own")
LIST = "invoice, posted"


def test_a_cursor_gives_back_its_position():
    for position in ([42], [1_774_000_000_000_000, 42]):
        text = page_cursor.encode(KEY, LIST, position)
        assert page_cursor.decode(KEY, LIST, text, len(position)) == position
        assert text.isascii() and len(text) < 100


def test_a_cursor_counts_for_its_own_list_and_database_only():
    text = page_cursor.encode(KEY, LIST, [42])
    for key, question, length in (
        (KEY, "invoice, draft", 1),
        (page_cursor.derive_key("another database's"), LIST, 1),
        (KEY, LIST, 2),
    ):
        with pytest.raises(ValueError, match="not a cursor"):
            page_cursor.decode(key, question, text, length)


def test_no_letter_of_a_cursor_can_be_changed():
    text = page_cursor.encode(KEY, LIST, [42])
    for place in range(len(text)):
        changed = text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]
        with pytest.raises(ValueError, match="not a cursor"):
            page_cursor.decode(KEY, LIST, changed, 1)


@pytest.mark.parametrize("text", ["", "=", "A", "A" * 401, "\u00e9", "\0", "a b", "W10", "../..", "' OR 1=1 --"])
def test_what_is_no_cursor_is_refused_as_such(text):
    with pytest.raises(ValueError, match="not a cursor"):
        page_cursor.decode(KEY, LIST, text, 1)


def test_letters_at_random_are_no_cursor():
    chance = random.Random(20260331)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for _time in range(1000):
        with pytest.raises(ValueError, match="not a cursor"):
            page_cursor.decode(KEY, LIST, "".join(chance.choices(letters, k=chance.randrange(1, 400))), 1)
