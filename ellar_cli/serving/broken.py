"""What is answered instead of an application that does not start: 503, and the mistake."""

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import Receive, Scope, Send

from ellar.error_pages import prefers_html
from ellar.pages import render_page
from ellar.websockets import refuse

STATUS = 503
_HEADERS = {"Cache-Control": "no-store", "Retry-After": "1", "Vary": "Accept"}


async def answer(mistake: str, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a browser with a page, others with the first line as JSON; refuse a websocket, so that it tries again."""
    first, _, more = mistake.partition("\n")
    if scope["type"] == "websocket":
        await refuse(scope, receive, send, STATUS, "the application does not start", first)
    else:
        await _response(first, more, Request(scope))(scope, receive, send)


def _response(first: str, more: str, request: Request) -> Response:
    if not prefers_html(",".join(request.headers.getlist("accept"))):
        return JSONResponse({"detail": first}, STATUS, _HEADERS)
    page = render_page("broken.html", first=first, more=more)
    return HTMLResponse(page.encode(errors="backslashreplace"), STATUS, _HEADERS)
