import posixpath

from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..compat import audit_options, check_access
from ..core import address, file_contents, file_names, folders, pickup, sftp_connections, ssh_keys
from .file_transfer import FileCollector, FileSender, LocalPlace, RemotePlace, overlap, remote_path

MEGABYTE = 1024 * 1024


class AuditAdapterFile(models.AbstractModel):
    """Files in a folder of this server or on an SFTP server: one a message, or JSON lines a batch; and picking up."""

    _name = "audit.adapter.file"
    _inherit = "audit.adapter"
    _description = "File Adapter"

    _schemes = ("sftp",)
    # 3.4 is the first that withstands CVE-2023-48795.
    _library = ("paramiko", "paramiko>=3.4")

    @api.model
    def _label(self):
        return _("Files (Folder or SFTP)")

    @api.model
    def _form(self):
        remote, local = "file_place != 'sftp'", "file_place != 'folder'"
        return [
            (
                _("Where to"),
                [
                    ("file_place", {"widget": "radio", "options": "{'horizontal': true}"}),
                    ("file_folder", {"placeholder": "/srv/audit/out", "invisible": local}),
                    ("url", {"placeholder": "sftp://files.example.com/inbox", "invisible": remote}),
                    ("file_user", {"string": _("User Name"), "placeholder": "odoo", "invisible": remote}),
                    ("allowed_destinations", {"placeholder": "files.internal:22", "invisible": remote}),
                    ("file_checksum", {}),
                ],
            ),
            (
                _("What Is Collected"),
                [
                    "collect",
                    ("file_pickup_folder", {"placeholder": "/srv/audit/in", "invisible": "not collect"}),
                    ("file_pickup_pattern", {"invisible": "not collect"}),
                    ("file_settle_seconds", {"invisible": "not collect"}),
                    ("file_pickup_limit", {"invisible": "not collect"}),
                    ("collect_note", {"invisible": "not collect_note"}),
                ],
            ),
        ]

    @api.model
    def _sends_to(self, connector):
        return super()._sends_to(connector) if connector.file_place == "sftp" else connector.file_folder or ""

    @api.model
    def _secrets_used(self):
        remote = "file_place != 'sftp'"
        return [
            ("login_secret", {"string": _("Password"), "invisible": remote}),
            ("private_key", {"placeholder": "-----BEGIN OPENSSH PRIVATE KEY-----", "invisible": remote}),
        ]

    @api.model
    def _secrets_needed(self, connector):
        return ["login_secret", "private_key"] if connector.file_place == "sftp" else []

    @api.model
    def _missing_library(self):
        """Folders need none; see ``_warning``."""
        return ""

    @api.model
    def _missing_sftp_library(self):
        return super()._missing_library()

    @api.model
    def _warning(self, connector):
        remote = connector.file_place == "sftp"
        missing = remote and self._missing_sftp_library()
        if missing:
            return missing
        if not remote or connector.file_host_key:
            trouble = connector.collect_trouble
            return _("Nothing can be collected: %s", trouble) if trouble else ""
        return _(
            "Nothing is sent yet: fetch the server's host key and compare it with what the server's administrator "
            "tells you, so that nobody else can pose as the server."
        )

    @api.model
    def _check_settings(self, connector):
        try:
            file_names.patterns(connector.file_pickup_pattern)
            if connector.collect and not connector.file_pickup_folder:
                raise ValueError(_("Enter the folder that is picked up from, or do not collect."))
            if connector.file_place == "sftp":
                self._check_sftp(connector)
            else:
                self._check_folders(connector)
        except ValueError as error:
            raise ValidationError(_("Connector “%(name)s”: %(reason)s", name=connector.name, reason=error)) from error

    @api.model
    def _sender(self, connector):
        place = self._place(connector)
        if not place.sends:
            raise UserError(_("Connector “%s” has no folder to write to; it only picks up.", connector.name))
        return FileSender(place.folder(place.sends), connector.file_checksum)

    @api.model
    def _collector(self, connector):
        if not connector.collect or not connector.file_pickup_folder:
            return None
        place = self._place(connector)
        return FileCollector(
            pickup.Pickup(
                place.folder(place.picks_up),
                file_names.patterns(connector.file_pickup_pattern),
                settle_seconds=connector.file_settle_seconds,
                max_bytes=connector.file_pickup_limit * MEGABYTE,
                read=self._pickup_reader(connector),
            )
        )

    @api.model
    def _pickup_reader(self, connector):
        """What makes messages of a file that is picked up, as ``core.file_contents.read``."""
        return file_contents.read

    @api.model
    def _place(self, connector):
        """All that the folders of a connector need, read from the database.

        :raises UserError: when the connector cannot work, with what to do
        """
        self._check_settings(connector)
        if connector.file_place != "sftp":
            return LocalPlace(connector.file_folder, connector.file_pickup_folder, self._roots())
        missing = self._missing_sftp_library()
        if missing:
            raise UserError(missing)
        host_keys = ssh_keys.parse(connector.file_host_key)
        if not host_keys:
            raise UserError(
                _(
                    "The host key of connector “%s” is not confirmed. Fetch it on the connector's form and compare it "
                    "with what the server's administrator tells you.",
                    connector.name,
                )
            )
        url = address.check_url(connector.url, require_tls=False, schemes=self._schemes)
        login = sftp_connections.Login(
            connector.file_user,
            connector._secret_of("login") or "",
            connector._secret_of("private_key") or "",
        )
        connections = sftp_connections.SftpConnections(
            connector._dialler(), url.host, url.port, login, host_keys, timeout=connector.timeout
        )
        return RemotePlace(connections, remote_path(url), connector.file_pickup_folder)

    @api.model
    def _roots(self):
        return folders.roots(audit_options().get("folders"))

    @api.model
    def _check_folders(self, connector):
        """Refuse what lies outside of the server's roots, and what would read its own messages or another company's.

        :raises ValueError: with the reason
        """
        own = [path for path in (connector.file_folder, connector.file_pickup_folder) if path]
        if not own:
            raise ValueError(_("Enter the folder that messages are written to, or the one that is picked up from."))
        roots = self._roots()
        for path in own:
            folders.locate(path, roots)
        if len(own) == 2 and posixpath.normpath(own[0]) == posixpath.normpath(own[1]):
            raise ValueError(_("It would pick up its own messages. Choose another folder to pick up from."))
        for path in connector._file_folders_of_other_companies():
            if any(overlap(path, one) for one in own):
                raise ValueError(_("A folder is used by a connector of another company. Choose another one."))

    @api.model
    def _check_sftp(self, connector):
        """:raises ValueError: with the reason"""
        connector._check_url()
        url = address.check_url(connector.url, require_tls=False, schemes=self._schemes)
        if "?" in url.target:
            raise ValueError(_("The address has a question mark; it ends with the folder."))
        path = remote_path(url)
        pickup_folder = connector.file_pickup_folder
        if pickup_folder and posixpath.normpath(posixpath.join(path, pickup_folder)) == posixpath.normpath(path):
            raise ValueError(_("It would pick up its own messages. Choose another folder to pick up from."))
        if not connector.file_user:
            raise ValueError(_("Enter the user name for the SFTP server."))
        if not (connector.login_secret_note or connector.private_key_note):
            raise ValueError(_("Enter the password or the private key for the SFTP server."))
        ssh_keys.parse(connector.file_host_key)
        missing = self._missing_sftp_library()
        if missing:
            raise ValueError(missing)
        private_key = connector._entered_secret("private_key")
        if private_key:
            sftp_connections.load_private_key(private_key, connector._entered_secret("login") or "")


class AuditConnector(models.Model):
    """The settings of connectors that exchange files."""

    _inherit = "audit.connector"

    file_place = fields.Selection(
        [("folder", "A folder of this server"), ("sftp", "An SFTP server")],
        string="Place",
        default="folder",
        required=True,
        tracking=True,
    )
    file_folder = fields.Char(
        string="Folder",
        tracking=True,
        help="Where messages are written, below one of the folders that the server's configuration names.",
    )
    file_user = fields.Char(string="SFTP User", tracking=True, help="Whom we sign in as.")
    file_host_key = fields.Text(
        string="Host Key",
        tracking=True,
        help="What the server proves itself with, one key a line as in ~/.ssh/known_hosts, or its fingerprint "
        "(SHA256:…). Nothing is sent to a server that shows another one.",
    )
    file_fingerprints = fields.Char(string="Fingerprint", compute="_compute_file_fingerprints")
    file_checksum = fields.Boolean(
        string="Checksum Files",
        help="Write <name>.sha256 beside each file, afterwards, for receivers that check it with sha256sum or wait for "
        "it.",
    )
    file_pickup_folder = fields.Char(
        string="Pick up from",
        tracking=True,
        help="Files that appear here are taken in as messages, and then moved to its sub-folder “archive”. Those that "
        "cannot be read go to its sub-folder “failed”, with the reason beside. On an SFTP server: absolute, or below "
        "the folder of the address.",
    )
    file_pickup_pattern = fields.Char(
        string="Names",
        default="*.json, *.jsonl",
        help="Which files are picked up. A name ending with .jsonl means a message in each line.",
    )
    file_settle_seconds = fields.Integer(
        string="Quiet for (s)",
        default=10,
        help="A file is picked up when it has not changed for so long, because somebody may still be writing it.",
    )
    file_pickup_limit = fields.Integer(
        string="Largest File (MB)", default=10, help="Larger files go to the sub-folder “failed”."
    )

    _sql_constraints = [
        ("file_settle", "CHECK (file_settle_seconds BETWEEN 0 AND 86400)", "A file may have to rest a day at most."),
        ("file_limit", "CHECK (file_pickup_limit BETWEEN 1 AND 100)", "Files of 1 to 100 MB can be picked up."),
    ]

    @api.depends("file_host_key")
    def _compute_file_fingerprints(self):
        for connector in self:
            try:
                keys = ssh_keys.parse(connector.file_host_key)
            except ValueError:
                keys = []
            connector.file_fingerprints = ", ".join(key.fingerprint for key in keys)

    @api.depends("file_place", "file_host_key")
    def _compute_protocol_warning(self):
        return super()._compute_protocol_warning()

    @api.depends("file_place")
    def _compute_secrets_unfit(self):
        return super()._compute_secrets_unfit()

    def _file_folders_of_other_companies(self):
        """Sudo: folders are the server's, and a connector must not read what another company's writes."""
        others = (
            self.sudo()
            .with_context(active_test=False)
            .search(
                [
                    ("adapter", "=", "file"),
                    ("file_place", "=", "folder"),
                    ("company_id", "!=", self.company_id.id),
                ]
            )
        )
        return [path for other in others for path in (other.file_folder, other.file_pickup_folder) if path]

    def action_file_fetch_host_key(self):
        """Ask the server for its host key and show it, to be compared and confirmed."""
        self.ensure_one()
        check_access(self, "write")
        shown = self.env["audit.connector.host.key"]._fetched(self)
        return {**shown.get_formview_action(), "name": _("Compare the Host Key"), "target": "new"}
