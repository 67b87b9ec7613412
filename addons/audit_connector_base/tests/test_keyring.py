import importlib.util
import os
import subprocess
import sys
from unittest.mock import patch

from odoo.tests import TransactionCase, tagged

from .. import keyring
from ..core import envelope


@tagged("post_install", "-at_install")
class TestKeyring(TransactionCase):
    """The keys as they are configured; without the patch that gives other tests a key of their own."""

    def _loaded(self, **environment):
        """The module, loaded once more as at the start of a process."""
        spec = importlib.util.spec_from_file_location(keyring.__name__ + "_again", keyring.__file__)
        module = importlib.util.module_from_spec(spec)
        with patch.dict(os.environ, environment):
            spec.loader.exec_module(module)
            for name in environment:
                self.assertNotIn(name, os.environ)
            child = subprocess.run([sys.executable, "-c", "import os; print(dict(os.environ))"], capture_output=True)
            self.assertNotIn(b"ODOO_AUDIT_", child.stdout)
        return module

    def test_the_variable_is_gone_when_the_addon_is_loaded_and_the_key_is_there(self):
        first, second = envelope.new_kek(), envelope.new_kek()
        loaded = self._loaded(ODOO_AUDIT_KEK="a:%s, b:%s" % (first, second), ODOO_AUDIT_LOG_KEY=first)
        active, keys = loaded.wrapping_keys()
        self.assertEqual((active, list(keys)), ("a", ["a", "b"]))
        self.assertEqual(keys["b"], envelope.read_kek(second))

    def test_keys_that_cannot_be_used_are_refused_and_not_shown(self):
        key = envelope.new_kek()
        for text, words in (
            ("", "Run ./setup/key"),
            (key, "needs an id"),
            ("a:%s" % key[:-4], "not 32 bytes"),
            ("a:%s,a:%s" % (key, envelope.new_kek()), "Two wrapping keys have the id 'a'"),
        ):
            loaded = self._loaded(ODOO_AUDIT_KEK=text)
            with self.subTest(words), patch.object(loaded.compat, "audit_options", dict):
                with self.assertRaisesRegex(loaded.KeyMissing, words) as caught:
                    loaded.wrapping_keys()
                self.assertNotIn(key[:20], str(caught.exception))

    def test_the_configuration_file_serves_as_well(self):
        key = envelope.new_kek()
        loaded = self._loaded()
        with patch.object(loaded.compat, "audit_options", lambda: {"kek": "c:%s" % key}):
            self.assertEqual(loaded.wrapping_keys(), ("c", {"c": envelope.read_kek(key)}))
