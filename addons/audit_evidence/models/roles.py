"""The roles of the suite that this addon asks for."""

USER = "audit_connector_base.group_audit_user"
APPROVER = "audit_connector_base.group_audit_approver"
