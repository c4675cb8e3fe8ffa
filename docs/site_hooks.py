"""What the site needs beyond its pages: equations as MathML, and files from elsewhere.

MkDocs calls the functions by their names; see ``hooks`` in mkdocs.yml.
"""

from __future__ import annotations

import html
import re
from pathlib import Path

from latex2mathml.converter import convert
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]

#: Where files of the repository stand in the site.
TAKEN = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "LICENSE": "license.txt",
    "benchmarks/README.md": "measured/benchmarks.md",
}

# As pymdownx.arithmatex leaves them with generic: true.
_EQUATION = re.compile(r'<(span|div) class="arithmatex">\\([(\[])(.*?)\\[)\]]</\1>', re.DOTALL)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the repository's reports, changelog and rules for contributors."""
    taken = dict(TAKEN)
    for path in sorted((ROOT / "benchmarks" / "results").iterdir()):
        taken[path.relative_to(ROOT).as_posix()] = f"measured/results/{path.name}"
    for source, target in taken.items():
        if (ROOT / source).suffix == ".png":
            content: bytes | str = (ROOT / source).read_bytes()
        else:
            content = _links_in_the_site((ROOT / source).read_text(encoding="utf-8"), source)
        files.append(File.generated(config, target, content=content))
    return files


def _links_in_the_site(text: str, source: str) -> str:
    """Links between files of the repository, as links between pages."""
    moved = {"README.md": "index.md", "docs/": "", "benchmarks/results/": "measured/results/"}

    def mended(match: re.Match[str]) -> str:
        target = match[1]
        if "://" in target or target.startswith("#"):
            return match[0]
        path, _, anchor = target.partition("#")
        whole = (ROOT / source).parent.joinpath(path).resolve().relative_to(ROOT).as_posix()
        whole = TAKEN.get(whole, whole)
        for old, new in moved.items():
            if whole.startswith(old):
                whole = new + whole.removeprefix(old)
        here = Path(TAKEN.get(source, f"measured/results/{Path(source).name}")).parent
        relative = "/".join([".."] * len(here.parts) + [whole])
        return f"]({relative}{'#' + anchor if anchor else ''})"

    return re.sub(r"\]\(([^)\s]+)\)", mended, text)


def on_page_content(content: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Equations as MathML, which browsers show without any script."""

    def rendered(match: re.Match[str]) -> str:
        display = "block" if match[2] == "[" else "inline"
        return convert(html.unescape(match[3]), display=display)

    return _EQUATION.sub(rendered, content)
