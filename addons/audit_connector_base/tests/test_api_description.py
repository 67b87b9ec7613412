import json
import re
from unittest.mock import patch

from lxml import html

from odoo.tests import tagged

from ..core import rate
from ..models.access import api_description
from .api import ApiHttpCase


@tagged("post_install", "-at_install")
class TestApiDescription(ApiHttpCase):
    """What the API says of itself, for programs and for people."""

    def _openapi(self):
        response = self._get("openapi.json")
        self.assertEqual((response.status_code, response.headers["Content-Type"]), (200, "application/json"))
        return response.json()

    def test_every_entity_is_described_with_its_filters_and_its_contract(self):
        said = self._openapi()
        self.assertEqual(said["openapi"], "3.1.0")
        for entity, source in self.env["audit.api"]._sources().items():
            with self.subTest(entity=entity):
                operation = said["paths"]["/audit/v1/" + entity]["get"]
                named = {one["name"] for one in operation["parameters"]}
                self.assertLessEqual(set(source._filters()) | {"company", "limit", "cursor", "changed_since"}, named)
                self.assertEqual(
                    set(said["components"]["schemas"][entity]["properties"]),
                    set(self.env["audit.contract"]._contract_in_force(entity, 1).schema["properties"]),
                )
                self.assertIn("get", said["paths"]["/audit/v1/%s/{id}" % entity])
        for entity in self.env["audit.api"]._writers():
            self.assertIn("post", said["paths"]["/audit/v1/" + entity])

    def test_every_reference_leads_somewhere(self):
        said = self._openapi()
        text = json.dumps(said)
        self.assertNotIn("urn:odoo-audit:contract", text)
        for target in set(re.findall(r'"\$ref": "([^"]+)"', text)):
            prefix, name = target.rsplit("/", 1)
            self.assertEqual(prefix, "#/components/schemas")
            self.assertIn(name, said["components"]["schemas"])

    def test_every_answer_that_is_given_is_described(self):
        paths = self._openapi()["paths"]
        for path, operations in paths.items():
            for method, operation in operations.items():
                with self.subTest(path=path, method=method):
                    self.assertLessEqual({"405", "429", "503"}, set(operation["responses"]))
                    if {} not in operation.get("security", [{"client": []}]) and operation.get("security") != []:
                        self.assertLessEqual({"401", "403"}, set(operation["responses"]))

    def test_every_answer_may_carry_a_signed_note(self):
        for path, operations in self._openapi()["paths"].items():
            for method, operation in operations.items():
                for status, answer in operation["responses"].items():
                    with self.subTest(path=path, method=method, status=status):
                        self.assertIn("Audit-Checkpoint", answer["headers"])

    def test_every_permission_is_described(self):
        flows = self._openapi()["components"]["securitySchemes"]["client"]["flows"]
        self.assertEqual(flows["clientCredentials"]["tokenUrl"], "/audit/v1/token")
        scopes = set(flows["clientCredentials"]["scopes"])
        self.assertLessEqual({"invoice:read", "control_result:write", "attachment:write"}, scopes)
        choices = {entity for entity, _label in self.env["audit.api.scope"]._selection_entity()}
        self.assertEqual({scope.partition(":")[0] for scope in scopes}, choices)

    def test_the_page_needs_no_script_and_nothing_from_elsewhere(self):
        response = self._get("docs")
        self.assertEqual(response.status_code, 200, response.text)
        self.assertEqual(response.headers["Content-Type"], "text/html; charset=utf-8")
        self.assertIn("default-src 'none'", response.headers["Content-Security-Policy"])
        self.assertNotIn("script-src", response.headers["Content-Security-Policy"])
        page = html.fromstring(response.text)
        self.assertFalse(page.xpath("//script | //iframe | //object | //form | //@style | //@onclick"))
        for address in page.xpath("//@src | //link/@href"):
            self.assertTrue(address.startswith("/audit_connector_base/static/"), address)
            self.assertEqual(self._request("GET", address).status_code, 200, address)
        places = set(page.xpath("//@id"))
        for link in page.xpath("//nav//a/@href"):
            self.assertTrue(link == "/audit/v1/openapi.json" or link.removeprefix("#") in places, link)
        self.assertLessEqual(set(self.env["audit.api"]._labels()), places)

    def test_the_page_sets_names_in_type_of_their_own_and_shows_no_backtick(self):
        page = html.fromstring(self._get("docs").text)
        self.assertNotIn("`", page.text_content())
        self.assertIn("as_of", page.xpath("//td[code]/code/text()"))

    def test_what_was_read_already_is_not_sent_again(self):
        for path in ("openapi.json", "docs"):
            first = self._get(path)
            again = self._get(path, If_None_Match=first.headers["ETag"])
            self.assertEqual((again.status_code, again.content), (304, b""))

    def test_health_tells_anybody_that_it_works_and_a_client_who_it_is(self):
        response = self._get("health")
        self.assertEqual((response.status_code, response.json()), (200, {"status": "pass"}))
        self.assertEqual(response.headers["Content-Type"], "application/health+json")
        client = self._active("invoice:read")
        said = self._get("health", self._token(client)).json()
        self.assertEqual((said["status"], said["environment"]), ("pass", "production"))
        self.assertEqual((said["client"]["id"], said["client"]["scopes"]), (client.client_id, ["invoice:read"]))
        self.assertEqual(said["client"]["companies"], ["res.company/%d" % self.company])
        self._assert_problem(self._get("health", "x" * 40), 401, "credentials")

    def test_who_asks_without_end_is_told_to_wait(self):
        with (
            patch.object(api_description, "PUBLIC_RATE", 3),
            patch.object(api_description, "_buckets", rate.Buckets()),
        ):
            answers = [self._get(path).status_code for path in ("health", "docs", "openapi.json", "health", "x/y/z")]
        self.assertEqual(answers, [200, 200, 200, 429, 429])
