"""Put the pages together behind the guard: who may enter, how a form is read, what is said when something breaks."""

from __future__ import annotations

import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from connector_kit import ConnectorError
from connector_kit.connections import DamagedStoreError, NoConnectionError, WrongKeyError
from connector_kit.hosts.ui.guard import LAUNCH, Guard
from connector_kit.hosts.ui.routes import LONG, MAP, PAGES, Page
from connector_kit.hosts.ui.site import Site
from connector_kit.hosts.ui.visit import NotFoundError, Visit, chosen_language

STATIC = "/static"
_STATIC_FOLDER = Path(__file__).parent / "static"
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
_MOST_FIELDS = 200


def make_app(site: Site, host: str, *, on_launch: Callable[[], None] = lambda: None) -> ASGIApp:
    """Return the whole application as it is served at ``host``, such as ``127.0.0.1:8123``.

    ``on_launch`` is called once the link was followed.
    """

    async def launch(request: Request) -> Response:
        visit = _visit(site, request, "launch")
        # A HEAD, such as a preview of the link, does not use it up.
        if request.method != "GET" or not site.access.launch(request.query_params.get("token", "")):
            return _closed(visit)
        on_launch()
        # Not a redirect: browsers leave a strict cookie out of a request that another site or a file has begun.
        response = visit.page("launched.html", title=visit.say("Opening your connections"))
        response.headers["set-cookie"] = site.access.cookie
        return response

    pages = [Route(page.path, _endpoint(site, page), methods=[*page.methods]) for page in PAGES]
    routes = [
        Route(LAUNCH, launch),
        *(Route(f"{STATIC}/{path.name}", _static(path)) for path in sorted(_STATIC_FOLDER.iterdir())),
        Mount(site.access.prefix, app=Router(pages, redirect_slashes=False)),
    ]
    handlers = {404: _missing(site), 405: _missing(site)}
    application = Starlette(routes=routes, exception_handlers=handlers)
    application.router.redirect_slashes = False
    return Guard(_Door(site, application), host, {site.access.prefix + MAP.paths[name] for name in LONG})


class _Door:
    """Let requests without the session see the link's own page and the static files, and nothing else."""

    def __init__(self, site: Site, app: ASGIApp) -> None:
        self._site = site
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self._is_open(scope):
            response = _closed(_visit(self._site, Request(scope), "closed"))
            await response(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _is_open(self, scope: Scope) -> bool:
        path = scope["path"]
        cookies = [value.decode("latin-1") for name, value in scope["headers"] if name == b"cookie"]
        return path == LAUNCH or path.startswith(f"{STATIC}/") or self._site.access.admits(path, cookies)


def _endpoint(site: Site, page: Page) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        form = await request.form(max_files=0, max_fields=_MOST_FIELDS) if request.method == "POST" else FormData()
        posted = {name: value for name, value in form.items() if isinstance(value, str)}
        visit = _visit(site, request, page.name, posted)
        if visit.posted and not site.access.fits_form(posted.get("token", "")):
            return visit.page("failed.html", title=visit.say("This page is out of date"), status=403, reason="form")
        # Pages read files and call services, so they wait in a thread.
        return await run_in_threadpool(_answer, page, visit)

    return endpoint


def _answer(page: Page, visit: Visit) -> Response:
    """Let a page answer, and say in plain words what is wrong if it cannot."""
    try:
        return page.answer(visit)
    except (NotFoundError, NoConnectionError):
        return visit.page("failed.html", title=visit.say("This is not here"), status=404, reason="missing")
    except (WrongKeyError, DamagedStoreError) as exc:
        title = visit.say("Your saved connections cannot be read")
        return visit.page("failed.html", title=title, status=500, reason="store", sentence=exc.message)
    except ConnectorError as exc:
        title = visit.say("This did not work")
        return visit.page("failed.html", title=title, status=500, reason="other", sentence=str(exc))
    except Exception as exc:  # noqa: BLE001 - the person sees a page, the terminal where it happened
        # Not the message of the exception: it may repeat what was typed.
        where = "".join(traceback.format_tb(exc.__traceback__))
        visit.site.report(f"A page failed with {type(exc).__name__}. This is a bug.\n{where}")
        return visit.page("failed.html", title=visit.say("Something went wrong"), status=500, reason="bug")


def _visit(site: Site, request: Request, name: str, form: dict[str, str] | None = None) -> Visit:
    return Visit(
        site=site,
        map=MAP,
        name=name,
        method=request.method,
        places=dict(request.path_params),
        query=dict(request.query_params),
        form=form or {},
        language=chosen_language(site, request.headers.get("accept-language", "")),
    )


def _closed(visit: Visit) -> Response:
    return visit.page("closed.html", title=visit.say("Open the link from your terminal"), status=403)


def _missing(site: Site) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def missing(request: Request, exc: Exception) -> Response:
        visit = _visit(site, request, "missing")
        status = getattr(exc, "status_code", 404)
        return visit.page("failed.html", title=visit.say("This is not here"), status=status, reason="missing")

    return missing


def _static(path: Path) -> Callable[[Request], Awaitable[Response]]:
    content, type_ = path.read_bytes(), _TYPES[path.suffix]

    async def static(request: Request) -> Response:  # noqa: ARG001 - Starlette passes it
        return Response(content, headers={"content-type": type_})

    return static
