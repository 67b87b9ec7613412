-- A copy of a database neither sends nor receives, and holds no secret of the original. Its connectors stay connectors
-- to production, which a test database does not switch on; those that are made test ones may lead anywhere.
UPDATE audit_connector
   SET active = FALSE, collect = FALSE, inbound_active = FALSE, approved_destination = NULL, asked_destination = NULL,
       destination_changed_by_id = NULL, destination_changed_at = NULL, destination_worked_on_by = NULL;
DELETE FROM audit_secret_rotation;
DELETE FROM audit_credential;
-- Nobody's program takes the copy for the original, and none gets in with what lets it into the original.
UPDATE audit_api_client SET state = 'suspended' WHERE state = 'active';
DELETE FROM audit_api_token;
DELETE FROM audit_api_key;
DELETE FROM audit_api_slowdown;
-- A note of the copy in the hands of an outsider would contradict those of the original.
UPDATE audit_log_anchor_target SET active = FALSE;
UPDATE audit_log_anchor_change SET state = 'dropped' WHERE state = 'asked';
UPDATE ir_config_parameter SET value = 'test' WHERE key = 'audit.environment';
INSERT INTO ir_config_parameter (key, value)
SELECT 'audit.environment', 'test'
 WHERE NOT EXISTS (SELECT 1 FROM ir_config_parameter WHERE key = 'audit.environment');
