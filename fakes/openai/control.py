"""The control plane under /fake: accounts, their plans and their journals."""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from fakes.openai.accounts import Account
from fakes.openai.call import ServiceState
from fakes.openai.steps import InvalidStepError, Replay, Step, parse_steps


class ControlPlane:
    """What the control plane does with the accounts of one service."""

    def __init__(self, state: ServiceState) -> None:
        """Control `state`."""
        self._state = state

    def routes(self) -> list[Route]:
        """Return the routes, all below /fake."""
        account = "/fake/accounts/{key}"
        return [
            Route("/fake/health", self.health),
            Route(account, self.put_account, methods=["PUT"]),
            Route(account + "/plan", self.extend_plan, methods=["POST"]),
            Route(account + "/journal", self.journal),
        ]

    async def health(self, _request: Request) -> JSONResponse:
        """Say that it runs."""
        return JSONResponse({"status": "ok"})

    async def put_account(self, request: Request) -> JSONResponse:
        """Create or replace an account; its stored records stay."""
        settings = await _json_body(request, {})
        if isinstance(settings, dict):
            self._parse(settings.get("plan", []))
        account = self._state.accounts.put(request.path_params["key"], settings)
        models, deployments = list(account.models), dict(account.deployments)
        return JSONResponse({"models": models, "deployments": deployments})

    async def extend_plan(self, request: Request) -> JSONResponse:
        """Append steps to an account's plan."""
        steps = self._parse(await _json_body(request, []))
        self._account(request).plan.extend(steps)
        return JSONResponse({"steps": len(steps)})

    async def journal(self, request: Request) -> JSONResponse:
        """Return what an account's key sent."""
        entries = self._account(request).journal.entries
        return JSONResponse([entry.to_json() for entry in entries])

    def _account(self, request: Request) -> Account:
        key = request.path_params["key"]
        account = self._state.accounts.find(key)
        if account is None:
            raise InvalidStepError(f"There is no account {key!r}; PUT it first.")
        return account

    def _parse(self, plan: object) -> list[Step]:
        """Parse steps; a recording that is not there is told while its author is looking."""
        steps = parse_steps(plan)
        for step in steps:
            if isinstance(step, Replay):
                try:
                    self._state.recordings.response(step.recording, step.exchange)
                except LookupError as error:
                    raise InvalidStepError(str(error.args[0])) from None
        return steps


async def _json_body(request: Request, nothing: object) -> Any:
    """Return the JSON of a body, `nothing` without one; raise InvalidStepError when it is none."""
    content = await request.body()
    try:
        return json.loads(content) if content else nothing
    except ValueError as error:
        raise InvalidStepError(f"The body is not JSON: {error}.") from None


async def explain(_request: Request, error: Exception) -> JSONResponse:
    """Say why the control plane cannot use what it was given."""
    return JSONResponse({"error": str(error)}, status_code=400)
