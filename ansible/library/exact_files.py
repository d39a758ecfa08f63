"""Ansible module: a directory holds exactly these files, and nothing that stood there before."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path, PurePosixPath

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: exact_files
short_description: A directory holds exactly these files
description:
  - Files and directories that are not named are removed; so only for a directory that is ours alone.
  - One round trip where copy takes several for each file. Owner is root; directories have mode 0755.
options:
  path:
    description: The directory, absolute. It is made where it is missing.
    type: path
    required: true
  files:
    description: Name below I(path), which may have directories in it -> content. A file without content is left out.
    type: dict
    required: true
  mode:
    description: Of every file, in octal digits.
    type: str
    default: "0644"
  modes:
    description: Name -> another mode.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: There is one source of packages
  exact_files:
    path: /etc/apt/example.sources.d
    files: {"mirror.sources": "Types: deb"}
"""

RETURN = r"""
changed_files:
  description: Names that were written, removed or given another mode, sorted.
  type: list
  elements: str
  returned: success
"""


def there(path):
    """Names below a directory, of files and of directories; links count as files and are not followed."""
    found = list(path.rglob("*")) if path.is_dir() else []
    folders = {str(one.relative_to(path)) for one in found if one.is_dir() and not one.is_symlink()}
    return {str(one.relative_to(path)) for one in found} - folders, folders


def differs(target, content, mode):
    """Whether a file must be written."""
    if target.is_symlink() or not target.is_file():
        return True
    about = target.stat()
    return target.read_bytes() != content or about.st_mode & 0o7777 != mode or about.st_uid != os.geteuid()


def write(target, content, mode):
    """Put a file in its place as a whole."""
    for folder in reversed(target.parents):
        folder.mkdir(mode=0o755, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".new-")
    new = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        new.chmod(mode)
        new.replace(target)
    finally:
        new.unlink(missing_ok=True)


def wrong_name(name):
    """Whether a name would lead out of the directory, or is written in another way than it has to be."""
    return name in ("", ".") or name.startswith("/") or str(PurePosixPath(name)) != name or ".." in name.split("/")


def bring(path, wanted, modes, check):
    """Bring the directory to what is wanted (name -> content); the names of what differed."""
    files, folders = there(path)
    needed = {str(folder) for name in wanted for folder in PurePosixPath(name).parents}
    gone = {name for name in files if name not in wanted} | {name for name in folders if name not in needed}
    changed = {name for name, content in wanted.items() if differs(path / name, content, modes[name])}
    if not check:
        path.mkdir(mode=0o755, parents=True, exist_ok=True)
        for name in sorted(gone, key=len, reverse=True):  # what is in a directory goes before it
            target = path / name
            if name in folders:
                target.rmdir()
            else:
                target.unlink()
        for name in sorted(changed):
            write(path / name, wanted[name], modes[name])
    return sorted(gone | changed)


def main():
    """The module's entry point."""
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "path", "required": True},
            "files": {"type": "dict", "required": True, "no_log": False},
            "mode": {"type": "str", "default": "0644"},
            "modes": {"type": "dict", "default": {}},
        },
        supports_check_mode=True,
    )
    # A machine that is hardened may have another one, and apt reads its key as a user of its own.
    os.umask(0o022)
    given = module.params
    wanted = {name: str(text).encode() for name, text in given["files"].items() if text}
    for name in [name for name in wanted if wrong_name(name)]:
        module.fail_json(msg=f"{name} is no name of a file below {given['path']}")
    try:
        modes = {name: int(str(given["modes"].get(name, given["mode"])), 8) for name in wanted}
        changed = bring(Path(given["path"]), wanted, modes, module.check_mode)
    except (OSError, ValueError) as error:
        module.fail_json(msg=f"{given['path']} cannot be brought to what is wanted: {error}")
    module.exit_json(changed=bool(changed), changed_files=changed)


if __name__ == "__main__":
    main()
