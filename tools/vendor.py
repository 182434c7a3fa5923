"""Brings in the front-end packages named in the two manifests, and checks that they are what they were.

    python tools/vendor.py            fetch every package again, verify it, write the files anew
    python tools/vendor.py --check    verify the committed files only; needs no network

`npm pack` does the fetching, so the source is whatever npm is set up to use. A new version is taken by editing
`version` in the manifest and emptying `sha512`; the next run records the new sum, and the diff shows what changed.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
MANIFESTS: Final = (ROOT / "static/vendor/manifest.json", ROOT / "tests/browser/vendor/manifest.json")
ICON_MACROS: Final = ROOT / "templates/macros/icons.html"
_SHAPE: Final = re.compile(r"<(?:path|circle|rect|line|ellipse|polyline)\b[^>]*/>")
_MACRO: Final = """{{#- Tabler Icons {version} (MIT); tools/vendor.py writes this from the manifest. -#}}
{{%- set shapes = {{
{entries}
}} -%}}
{{%- macro icon(name, cls='') -%}}
<svg class="i{{{{ ' ' ~ cls if cls }}}}" viewBox="0 0 24 24" aria-hidden="true">{{{{ shapes[name]|safe }}}}</svg>
{{%- endmacro -%}}
"""


def main() -> int:
    """Fetch, or only check, every package of both manifests."""
    check_only = "--check" in sys.argv[1:]
    wrong = [fault for manifest in MANIFESTS for fault in (check(manifest) if check_only else fetch(manifest))]
    sys.stderr.writelines(f"{fault}\n" for fault in wrong)
    return 1 if wrong else 0


def check(manifest: Path) -> list[str]:
    """The committed files that are not the ones recorded."""
    wrong = []
    for package in json.loads(manifest.read_text("utf-8")):
        for target, recorded in package["files"].items():
            if _sum(ROOT / target) != recorded["sha512"]:
                wrong.append(f"{target}: differs from {package['name']} {package['version']}")
    return wrong


def fetch(manifest: Path) -> list[str]:
    """Fetch and unpack each package; a package with another sum than the recorded one is left alone."""
    packages = json.loads(manifest.read_text("utf-8"))
    wrong = []
    for package in packages:
        with tempfile.TemporaryDirectory() as folder:
            archive = _pack(f"{package['name']}@{package['version']}", Path(folder))
            found = _sum(archive)
            if package["sha512"] and package["sha512"] != found:
                wrong.append(f"{package['name']} {package['version']}: the package is not the recorded one")
                continue
            package["sha512"] = found
            _unpack(package, archive)
    manifest.write_text(json.dumps(packages, ensure_ascii=False, indent=2) + "\n", "utf-8")
    return wrong


def _pack(name: str, folder: Path) -> Path:
    subprocess.run(["npm", "pack", "--silent", name], cwd=folder, check=True, capture_output=True)  # noqa: S603, S607  our own command
    return next(folder.glob("*.tgz"))


def _unpack(package: dict[str, Any], archive: Path) -> None:
    with tarfile.open(archive) as tar:
        for target, recorded in package["files"].items():
            if "from" in recorded:
                (ROOT / target).parent.mkdir(parents=True, exist_ok=True)
                (ROOT / target).write_bytes(_read(tar, recorded["from"]))
        if package.get("icons"):
            bodies = {name: _shapes(_read(tar, f"icons/outline/{name}.svg")) for name in sorted(package["icons"])}
            entries = ",\n".join(f"'{name}': '{body}'" for name, body in bodies.items())
            ICON_MACROS.write_text(_MACRO.format(version=package["version"], entries=entries), "utf-8")
    for target, recorded in package["files"].items():
        recorded["sha512"] = _sum(ROOT / target)


def _read(tar: tarfile.TarFile, path: str) -> bytes:
    member = tar.extractfile(f"package/{path}")
    if member is None:
        raise FileNotFoundError(path)
    return member.read()


def _shapes(svg: bytes) -> str:
    """The drawing without its frame; the invisible square every icon begins with is dropped."""
    found = _SHAPE.findall(" ".join(svg.decode().split()))
    return "".join(re.sub(r"\s*/>", "/>", shape) for shape in found if "M0 0h24v24H0z" not in shape)


def _sum(path: Path) -> str:
    return hashlib.sha512(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    raise SystemExit(main())
