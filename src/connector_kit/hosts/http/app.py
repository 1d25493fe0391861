"""Put the addresses together: who may ask, what answers, and how everything that goes wrong becomes a problem document."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from connector_kit.hosts.http.calling import JSON, call_action, told
from connector_kit.hosts.http.describing import allowed, callable_json, connection_json, connector_json
from connector_kit.hosts.http.guard import OPEN, Guard, send_problem
from connector_kit.hosts.http.openapi import ACTION_PATH, Described, document
from connector_kit.hosts.http.problems import Refusal, problem_of, to_json
from connector_kit.hosts.http.site import Site
from connector_kit.hosts.http.swagger import swagger
from connector_kit.tokens import Token

Look = Callable[[Site, Token, Request], Any]


def make_app(site: Site, hosts: Collection[str]) -> ASGIApp:
    """Return the whole application as clients reach it at ``hosts``, such as ``127.0.0.1:8123``."""
    looks: dict[str, Look] = {
        "/v1/connectors": _connectors,
        "/v1/connections": _connections,
        "/v1/connections/{connection}": _connection,
        "/openapi.json": _openapi,
        "/swagger.json": lambda *asked: swagger(_openapi(*asked)),
    }
    routes = [Route(path, _looking(site, look), methods=["GET"]) for path, look in looks.items()]
    routes.append(Route(OPEN, _health, methods=["GET"]))
    routes.append(Route(f"{ACTION_PATH}{{action}}", _calling(site), methods=["POST"]))
    return Guard(_Door(site, Router(routes, redirect_slashes=False)), hosts, site.report)


class _Door:
    """Let in who has a token, and turn whatever is raised into a problem."""

    def __init__(self, site: Site, app: ASGIApp) -> None:
        self._site = site
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False
        # Told so, the router raises what it finds wrong, and does not answer it in plain text.
        scope["app"] = self

        async def watched(message: Any) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            if scope["path"] != OPEN:
                scope["state"]["token"] = self._token(scope)
            await self._app(scope, receive, watched)
        except HTTPException as exc:
            await send_problem(send, problem_of(_no_route(exc)))
        except Exception as exc:
            if started:
                raise
            await send_problem(send, problem_of(told(self._site, exc)))

    def _token(self, scope: Scope) -> Token:
        given = [value.decode("latin-1") for name, value in scope["headers"] if name == b"authorization"]
        scheme, _, presented = given[0].partition(" ") if len(given) == 1 else ("", "", "")
        token = self._site.tokens.holder(presented.strip()) if scheme.lower() == "bearer" else None
        if token is None:
            message = "Send the header Authorization: Bearer, followed by a token. Make one with: connector serve token add NAME"
            raise Refusal("unauthorized", message, {"www-authenticate": "Bearer"})
        scope["state"]["told"]["token"] = token.name
        if token.environment != self._site.environment:
            message = (
                f"This token is for {token.environment.title()}; this server is for {self._site.environment.title()}."
            )
            raise Refusal("forbidden", message)
        return token


def _looking(site: Site, look: Look) -> Callable[[Request], Awaitable[ASGIApp]]:
    async def endpoint(request: Request) -> ASGIApp:
        def answer() -> Any:
            return look(site, request.state.token, request)

        found = await site.workers.within(site.seconds, answer, _slow)
        return Response(to_json(found), media_type=JSON)

    return endpoint


def _slow() -> Refusal:
    return Refusal("timeout", "The saved connections could not be read in time. Try again.")


def _calling(site: Site) -> Callable[[Request], Awaitable[ASGIApp]]:
    async def endpoint(request: Request) -> ASGIApp:
        return await call_action(site, request)

    return endpoint


def _no_route(exc: HTTPException) -> Refusal:
    if exc.status_code == 405:
        headers = {name.lower(): value for name, value in (exc.headers or {}).items()}
        return Refusal("method_not_allowed", f"Use one of: {headers.get('allow')}.", headers)
    return Refusal("not_found", "There is no such address. GET /openapi.json describes all of them.")


async def _health(request: Request) -> Response:  # noqa: ARG001 - Starlette passes it
    # Not by the workers: a server that is busy lives, and must not be killed for that.
    return Response(to_json({"status": "ok"}), media_type=JSON)


def _connectors(site: Site, token: Token, request: Request) -> Any:  # noqa: ARG001 - as all of them
    return {"connectors": [connector_json(each.manifest, token) for each in site.connectors_of(token)]}


def _connections(site: Site, token: Token, request: Request) -> Any:  # noqa: ARG001 - as all of them
    return {"connections": [connection_json(saved) for saved in site.seen_by(token)]}


def _connection(site: Site, token: Token, request: Request) -> Any:
    saved = site.connection(token, request.path_params["connection"])
    return callable_json(saved, site.connectors[saved.connector].manifest, token)


def _openapi(site: Site, token: Token, request: Request) -> Any:  # noqa: ARG001 - as all of them
    manifests = [(each.manifest, allowed(each.manifest, token)) for each in site.connectors_of(token)]
    names = list(dict.fromkeys(saved.name for saved in site.seen_by(token)))
    return document(Described(manifests, site.address, names))
