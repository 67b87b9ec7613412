-- A copy of a database neither sends nor receives, and holds no secret of the original.
UPDATE audit_connector
   SET active = FALSE, collect = FALSE, inbound_active = FALSE;
DELETE FROM audit_credential;
