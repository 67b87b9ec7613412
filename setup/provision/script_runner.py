"""Fed to `odoo shell` on standard input by `server.py`: runs a file with `env` and hands its `result` back."""

import json
import os
import sys

path, answer, *arguments = json.loads(os.environ["AUDIT_SCRIPT"])
sys.argv = [path, *arguments]
sys.path.insert(0, os.path.dirname(path))
scope = {"env": env, "__file__": path, "__name__": "__main__"}  # noqa: F821 - given by odoo shell
with open(path) as source:
    exec(compile(source.read(), path, "exec"), scope)
env.cr.commit()  # noqa: F821
with open(answer, "w") as out:
    json.dump(scope.get("result"), out, default=str)
