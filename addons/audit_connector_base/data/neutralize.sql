-- A copy of a database neither sends nor receives, and holds no secret of the original. Its connectors stay connectors
-- to production, which a test database does not switch on; those that are made test ones may lead anywhere.
UPDATE audit_connector
   SET active = FALSE, collect = FALSE, inbound_active = FALSE, approved_destination = NULL, asked_destination = NULL,
       destination_changed_by_id = NULL, destination_changed_at = NULL;
DELETE FROM audit_secret_rotation;
DELETE FROM audit_credential;
