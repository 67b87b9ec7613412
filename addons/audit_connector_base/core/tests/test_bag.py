import hashlib

import pytest

from odoo.addons.audit_connector_base.core import bag
from odoo.addons.audit_connector_base.core.tests.sample_log import VECTORS

FILES = {name: text.encode() for name, text in VECTORS["bag"]["files_utf8"].items()}
DIGESTS = {name: hashlib.sha256(content).hexdigest() for name, content in FILES.items()}


def test_the_manifest_and_the_identity_are_those_of_the_vectors():
    for digests in (DIGESTS, dict(reversed(DIGESTS.items()))):
        manifest = bag.manifest(digests)
        assert manifest.decode() == VECTORS["bag"]["manifest_sha256_txt"]
        assert bag.identity(manifest) == VECTORS["bag"]["content_hash_hex"]


def test_signs_that_could_fake_a_line_are_escaped():
    assert bag.escaped("data/a%b\r\nc") == "data/a%25b%0D%0Ac"


@pytest.mark.parametrize(
    "path", ["a.txt", "/data/a", "data/", "data/../a", "data//a", "data/./a", "data\\a", "data/a\\b", "data/c:d"]
)
def test_a_path_that_leads_out_of_the_package_is_refused(path):
    with pytest.raises(bag.BagError):
        bag.manifest({path: "0" * 64})


def test_a_file_without_a_digest_is_refused():
    with pytest.raises(bag.BagError):
        bag.manifest({"data/a": "0" * 63})
