"""The page at `/docs`: one answer that has its style and scripts in it, and asks for the two documents alone."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files

from starlette.responses import HTMLResponse

from ellar import __version__
from ellar.pages import render_page

_SCRIPTS = ("elements.js", "schemas.js", "inputs.js", "credentials.js", "requests.js", "sockets.js", "page.js")


def docs_page() -> HTMLResponse:
    """The page. It runs no other script than ours, whatever the documents say that it shows."""
    page, policy = _made()
    return HTMLResponse(page, headers={"Content-Security-Policy": policy, "Cache-Control": "no-cache"})


@cache
def _made() -> tuple[str, str]:
    folder = files("ellar").joinpath("pages", "docs")
    script = "\n".join(folder.joinpath(name).read_text(encoding="utf-8") for name in _SCRIPTS)
    style = folder.joinpath("page.css").read_text(encoding="utf-8")
    digest = b64encode(sha256(script.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; img-src data: blob:;"
        " connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return render_page("docs/page.html", script=script, style=style, version=__version__), policy
