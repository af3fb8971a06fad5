"""The control plane under /fake: accounts, their plans and their journals."""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

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
        try:
            settings = await json_body(request, {})
            if isinstance(settings, dict):
                self._parse(settings.get("plan", []))
            account = self._state.accounts.put(request.path_params["key"], settings)
        except InvalidStepError as error:
            return refused(error)
        models, deployments = list(account.models), dict(account.deployments)
        return JSONResponse({"models": models, "deployments": deployments})

    async def extend_plan(self, request: Request) -> JSONResponse:
        """Append steps to an account's plan."""
        account = self._state.accounts.find(request.path_params["key"])
        if account is None:
            return _no_account(request)
        try:
            steps = self._parse(await json_body(request, []))
        except InvalidStepError as error:
            return refused(error)
        account.plan.extend(steps)
        return JSONResponse({"steps": len(steps)})

    async def journal(self, request: Request) -> JSONResponse:
        """Return what an account's key sent."""
        account = self._state.accounts.find(request.path_params["key"])
        if account is None:
            return _no_account(request)
        return JSONResponse([entry.to_json() for entry in account.journal.entries])

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


async def json_body(request: Request, nothing: object) -> Any:
    """Return the JSON of a body, `nothing` without one; raise InvalidStepError when it is none."""
    content = await request.body()
    try:
        return json.loads(content) if content else nothing
    except ValueError as error:
        raise InvalidStepError(f"The body is not JSON: {error}.") from None


def refused(error: InvalidStepError) -> JSONResponse:
    """Say why the control plane cannot use what it was given."""
    return JSONResponse({"error": str(error)}, status_code=400)


def _no_account(request: Request) -> JSONResponse:
    message = f"There is no account {request.path_params['key']!r}; PUT it first."
    return JSONResponse({"error": message}, status_code=404)
