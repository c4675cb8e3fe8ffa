"""What the site needs beyond its pages: equations as MathML, and files from elsewhere.

MkDocs calls the functions by their names; see ``hooks`` in mkdocs.yml.
"""

from __future__ import annotations

import html
import posixpath
import re
from pathlib import Path

from latex2mathml.converter import convert
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
RESULTS = "benchmarks/results"

#: Where files of the repository stand in the site; everything in ``docs`` stands where it is.
TAKEN = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "LICENSE": "license.txt",
    "benchmarks/README.md": "measured/benchmarks.md",
    RESULTS: "measured/reports.md",
} | {
    f"{RESULTS}/{path.name}": f"measured/results/{path.name}"
    for path in sorted((ROOT / RESULTS).iterdir())
}

# As pymdownx.arithmatex leaves them with generic: true.
_EQUATION = re.compile(r'<(span|div) class="arithmatex">\\([(\[])(.*?)\\[)\]]</\1>', re.DOTALL)
# mkdocs-jupyter puts the first on every page (equations are MathML already, and it would be fetched
# from another host), and the second behind each notebook, where Markdown would show it as code.
_MATHJAX = re.compile(r"<script data-mkdocs-jupyter-mathjax=.*?</script>", re.DOTALL)
_TRAILING_STYLE = re.compile(r"\n {8}<style>\n.*?</style>\s*\Z", re.DOTALL)
_LINK = re.compile(r"(?<=\]\()([^)\s#]+)(?=(?:#[^)\s]*)?\))")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the repository's reports, changelog and rules for contributors."""
    for source, target in TAKEN.items():
        if source == RESULTS:
            files.append(File.generated(config, target, content=_list_of_reports()))
        elif source != "README.md":
            content: bytes | str = (ROOT / source).read_bytes()
            if source.endswith(".md"):
                content = _links_in_the_site((ROOT / source).read_text("utf-8"), source, target)
            files.append(File.generated(config, target, content=content))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Links to files outside of ``docs`` lead to where the site has them."""
    uri = page.file.src_uri
    if uri.endswith(".ipynb"):
        markdown = _TRAILING_STYLE.sub("", markdown)
    return markdown if uri in TAKEN.values() else _links_in_the_site(markdown, f"docs/{uri}", uri)


def on_page_content(content: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Equations as MathML, which browsers show without any script."""

    def rendered(match: re.Match[str]) -> str:
        display = "block" if match[2] == "[" else "inline"
        return convert(html.unescape(match[3]), display=display)

    return _EQUATION.sub(rendered, content)


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Nothing is fetched from another host."""
    return _MATHJAX.sub("", output)


def _links_in_the_site(text: str, source: str, target: str) -> str:
    """A file's text with links between files of the repository as links between pages."""

    def mended(match: re.Match[str]) -> str:
        if "://" in match[1]:
            return match[1]
        path = posixpath.normpath(posixpath.join(posixpath.dirname(source), match[1]))
        place = TAKEN.get(path, path.removeprefix("docs/"))
        return posixpath.relpath(place, posixpath.dirname(target) or ".")

    return _LINK.sub(mended, text)


def _list_of_reports() -> str:
    """A page that names every report."""
    rows = ["| report | about | date |", "|---|---|---|"]
    for path in sorted((ROOT / RESULTS).glob("*.md")):
        text = path.read_text("utf-8")
        about = _first(r"^# (.*)$", text)
        date = _first(r"^- Date: (\S+)", text)
        rows.append(f"| [{path.stem}](results/{path.name}) | {about} | {date} |")
    said = "Each says at its top by which command it was made, and on which machine."
    return "\n".join(["# Reports", "", said, "", *rows, ""])


def _first(pattern: str, text: str) -> str:
    found = re.search(pattern, text, re.MULTILINE)
    return found[1] if found else ""
