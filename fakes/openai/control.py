"""The control plane under /fake: accounts, their plans and their journals."""

import json
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from fakes.openai.accounts import Account, AccountSettings
from fakes.openai.call import ServiceState
from fakes.openai.steps import Replay


class WrongUse(Exception):  # noqa: N818 - what happened
    """What the control plane cannot do, in one sentence."""


@dataclass(frozen=True, slots=True)
class ControlPlane:
    """What the control plane does with the accounts of one service."""

    state: ServiceState

    def routes(self) -> list[Route]:
        """Return the routes, all below /fake."""
        account = "/fake/accounts/{key}"
        return [
            Route(account, self.put_account, methods=["PUT"]),
            Route(account + "/plan", self.extend_plan, methods=["POST"]),
            Route(account + "/journal", self.journal),
        ]

    async def put_account(self, request: Request) -> JSONResponse:
        """Create or replace an account; its stored records stay."""
        settings = self._settings(await _json_body(request, {}))
        account = self.state.accounts.put(request.path_params["key"], settings)
        return JSONResponse({"steps": len(account.plan)})

    async def extend_plan(self, request: Request) -> JSONResponse:
        """Append steps to an account's plan."""
        settings = self._settings({"plan": await _json_body(request, [])})
        plan = self._account(request).plan
        plan.extend(settings.plan)
        return JSONResponse({"steps": len(plan)})

    async def journal(self, request: Request) -> JSONResponse:
        """Return what an account's key sent."""
        return JSONResponse([entry.to_json() for entry in self._account(request).journal])

    def _account(self, request: Request) -> Account:
        key = request.path_params["key"]
        account = self.state.accounts.find(key)
        if account is None:
            raise WrongUse(f"There is no account {key!r}; PUT it first.")
        return account

    def _settings(self, given: object) -> AccountSettings:
        """Parse settings; a recording that is not there is told while its author is looking."""
        try:
            settings = AccountSettings.model_validate(given)
            for step in settings.plan:
                if isinstance(step, Replay):
                    self.state.recordings.response(step.recording, step.exchange)
        except ValidationError as error:
            first = error.errors()[0]
            where = f" at `{'.'.join(map(str, first['loc']))}`" if first["loc"] else ""
            plain = isinstance(first["input"], str | int) and first["type"] != "extra_forbidden"
            given = f", not {first['input']!r}" if plain else ""
            raise WrongUse(f"The account is wrong{where}: {first['msg']}{given}.") from None
        except LookupError as error:
            raise WrongUse(str(error.args[0])) from None
        return settings


async def _json_body(request: Request, nothing: object) -> Any:
    """Return the JSON of a body, `nothing` without one; raise WrongUse when it is none."""
    content = await request.body()
    try:
        return json.loads(content) if content else nothing
    except ValueError as error:
        raise WrongUse(f"The body is not JSON: {error}.") from None


async def explain(_request: Request, error: Exception) -> JSONResponse:
    """Say why the control plane cannot use what it was given."""
    return JSONResponse({"error": str(error)}, status_code=400)
