"""After a destroy: the installer's own user goes from the APIC, and the working directory from this machine."""

from __future__ import annotations

from aci.errors import AciError
from webui import lookups
from webui.runs import settle, snapshot
from webui.runs.failures import Failure
from webui.runs.pipeline import Context
from webui.runs.site import connect, lab_of
from webui.runs.terraform.workspace import Workspace


def after_destroy(context: Context, workspace: Workspace) -> None:
    """Terraform has removed its objects: remove what else is ours. What cannot be removed is said, by name.

    What is true already is noted first, so that a run that ends between two steps leaves no false picture.
    """
    settle.destroyed(context)
    _remove_user(context)
    settle.forgotten(context)
    workspace.remove()


def _remove_user(context: Context) -> None:
    """Needs an administrator; a failure here leaves a user to delete by hand, and is no reason to fail the run."""
    if context.credential is None:
        return
    credential = lookups.Credential.from_json(context.credential)
    if not credential.ours:
        context.say(f"The user {credential.user} was prepared by somebody else: it stays at the APIC.")
        return
    password = _admin_password(context)
    if not password:
        context.say(_by_hand(credential, "No administrator's password was given"), "warning")
        return
    try:
        with connect(context.spec, password, context.settings) as session:
            lookups.remove_installer_user(session, credential)
    except (AciError, Failure) as error:
        context.say(_by_hand(credential, f"The installer's user could not be removed: {error}"), "warning")
    else:
        context.say(f"Removed the installer's user {credential.user} from the APIC.")


def _admin_password(context: Context) -> str | None:
    lab = lab_of(context.spec, context.settings)
    return lab.password if lab else snapshot.admin_password_of(context.run, context.box)


def _by_hand(credential: lookups.Credential, why: str) -> str:
    return (
        f"{why.rstrip('.')}. Delete it by hand on the APIC: user {credential.user} "
        f"(uni/userext/user-{credential.user}), and, when no other user has it, role {credential.role} "
        f"(uni/userext/role-{credential.role})."
    )
