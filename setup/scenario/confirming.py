"""What people confirm with their password: that a secret is replaced, and that a connector may send somewhere else."""

from __future__ import annotations


def confirmed(stage, role: str, model: str, button: str, record: int):
    """Press a button that asks for the password, and answer; returns what the button returns then."""
    session = stage.session(role)
    asked = session.call(model, button, [record])
    if not isinstance(asked, dict) or asked.get("res_model") != "res.users.identitycheck":
        return asked
    password = stage.logins[role][1]
    if stage.engine.series == "17.0":
        session.call("res.users.identitycheck", "write", [asked["res_id"]], {"password": password})
        return session.call("res.users.identitycheck", "run_check", [asked["res_id"]])
    return session.call("res.users.identitycheck", "run_check", [asked["res_id"]], context={"password": password})


def replace_secret(stage, connector: int, name: str, value: str) -> None:
    """Replace a secret by the dialog, so that the former one ends at once. `name`: the field that it is entered in."""
    chosen = {"connector_id": connector, "secret_name": name, "way": "enter", "value": value, "hours": 0}
    dialog = stage.session("administrator").call("audit.secret.rotation", "create", chosen)
    confirmed(stage, "administrator", "audit.secret.rotation", "action_replace", dialog)


def approve_destination(stage, connector: int) -> bool:
    """Have the approver agree to where the administrator leads a connector; returns whether that was necessary."""
    approver = stage.session("approver")
    if not approver.call("audit.connector", "read", [connector], ["approval_trouble"])[0]["approval_trouble"]:
        return False
    shown = approver.call("audit.connector", "action_approve_destination", [connector])
    confirmed(stage, "approver", shown["res_model"], "action_approve", shown["res_id"])
    return True
