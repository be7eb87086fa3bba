"""Inside MicroPython: the last step of a deployment, cut at every flash operation; then what power-on finds.

switch_cuts.py FIRMWARE_TESTS FIRMWARE SWITCH BOOT prints a JSON line for each: [scenario, "cut" or "done",
what starts], the latter "main.py's version/the tree's", "prompt", or a text that tells what is wrong.
"""

import json
import sys

import vfs

_OURS = "# {}\nimport main\n\nmain.run()\n"
_FOREIGN = "print('foreign')\n"
_NEW = {
    "/fw.part/a": "new",
    "/fw.part/net/b": "new",
    "/fw.part/new": "new",
    "/boot.py.new": None,
    "/main.py.new": _OURS.format("new"),
}
_OLD_TREE = {"/fw/a": "old", "/fw/net/b": "old", "/fw/old": "old"}


def scenarios(boot):
    """What lies on the board, and what its boot.py does."""
    new = dict(_NEW)
    new["/boot.py.new"] = boot
    old_boot = "import sys\nsys.path.insert(0, '/fw')\n"
    ours = {"/main.py": _OURS.format("old")}
    same_starters = {"/main.py": _OURS.format("new"), "/boot.py": boot}
    tree_only = dict([(path, text) for path, text in new.items() if path.startswith("/fw")])
    foreign = {"/boot.py": "theirs = 1\n", "/main.py": _FOREIGN}
    yield "update", join(_OLD_TREE, ours, new, {"/boot.py": boot + "# older\n"})
    yield "update of firmware without a guard", join(_OLD_TREE, ours, new, {"/boot.py": old_boot})
    yield "tree only", join(_OLD_TREE, same_starters, tree_only)
    yield "starters only", join(_OLD_TREE, ours, {"/boot.py": old_boot, "/boot.py.new": boot})
    yield "blank", join({"/boot.py": "# default\n"}, new)
    yield "empty", new
    yield "foreign", join(foreign, new)
    yield "foreign, half converted", join(foreign, _OLD_TREE, new)


def join(*parts):
    whole = {}
    for part in parts:
        whole.update(part)
    return whole


def put(files):
    import os

    for path, text in files.items():
        folder = ""
        for part in path.split("/")[1:-1]:
            folder += "/" + part
            try:
                os.mkdir(folder)
            except OSError:
                pass
        with open(path, "w") as file:
            file.write(text)


def read(path):
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return None


def starts():
    """Runs boot.py as a power-on does; what comes after it."""
    sys.path[:] = ["", "/lib"]
    boot = read("/boot.py")
    exec(boot or "", {})
    main = read("/main.py")
    if main is None:
        return "prompt"
    if main == _FOREIGN:
        return "foreign program with " + ("boot.py of its own" if "theirs" in (boot or "") else "ours")
    parts = [read("/fw/" + name) for name in ("a", "net/b", "old", "new")]
    whole = {("old", "old", "old", None): "old", ("new", "new", None, "new"): "new"}.get(tuple(parts))
    if whole is None or sys.path[0] != "/fw":
        return "half: " + repr((boot, parts))
    return ("new" if "new" in main else "old") + "/" + whole


def main(tests, firmware, switch, boot):
    with open(boot) as file:
        boot = file.read()
    with open(switch) as file:
        switch = file.read()
    sys.path[:] = [firmware, tests]
    from volumes import Flash

    vfs.umount("/")
    for name, files in scenarios(boot):
        chip = Flash(48)
        vfs.VfsLfs2.mkfs(chip)
        vfs.mount(vfs.VfsLfs2(chip), "/")
        put(files)
        chip.record()
        exec(switch + "\nimport os\nfl_switch()\n", {})
        print(json.dumps([name, "done", starts()]))
        vfs.umount("/")
        for image in chip.after_cuts():
            vfs.mount(vfs.VfsLfs2(Flash(data=image)), "/")
            print(json.dumps([name, "cut", starts()]))
            vfs.umount("/")


main(*sys.argv[1:])
