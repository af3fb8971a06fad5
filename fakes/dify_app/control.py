"""The control plane under /sandbox/dify: apps, their plans, their journals and their tasks."""

import dataclasses

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from fakes.dify_app.apps import DifyApp
from fakes.dify_app.call import DifyService
from fakes.dify_app.steps import DIFY_STEP_KINDS
from fakes.openai.control import json_body, refused
from fakes.openai.steps import InvalidStepError, parse_steps

APP_PATH = "/sandbox/dify/apps/{key}"


class DifyControlPlane:
    """What the control plane does with the apps of one sandbox."""

    def __init__(self, service: DifyService) -> None:
        """Control `service`."""
        self._service = service

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route(APP_PATH, self.put_app, methods=["PUT"]),
            Route(APP_PATH, self.get_app),
            Route(APP_PATH + "/plan", self.extend_plan, methods=["POST"]),
            Route(APP_PATH + "/journal", self.journal),
        ]

    async def put_app(self, request: Request) -> JSONResponse:
        """Create or replace what a key opens; its conversations stay."""
        try:
            settings = await json_body(request, {})
            if not isinstance(settings, dict):
                raise InvalidStepError("An app is a JSON object.")
            app = self._service.apps.put(request.path_params["key"], settings)
        except InvalidStepError as error:
            return refused(error)
        return self._described(app)

    async def get_app(self, request: Request) -> JSONResponse:
        """Return what an app is, which tasks it runs and which model calls it made."""
        app = self._app(request)
        return _no_app() if app is None else self._described(app)

    async def extend_plan(self, request: Request) -> JSONResponse:
        """Append steps to an app's plan."""
        app = self._app(request)
        if app is None:
            return _no_app()
        try:
            steps = parse_steps(DIFY_STEP_KINDS, await json_body(request, []))
        except InvalidStepError as error:
            return refused(error)
        app.plan.extend(steps)
        return JSONResponse({"steps": len(steps)})

    async def journal(self, request: Request) -> JSONResponse:
        """Return what was sent with an app's key."""
        app = self._app(request)
        if app is None:
            return _no_app()
        return JSONResponse([entry.to_json() for entry in app.journal.entries])

    def _app(self, request: Request) -> DifyApp | None:
        return self._service.apps.find(request.path_params["key"])

    def _described(self, app: DifyApp) -> JSONResponse:
        return JSONResponse(
            {
                "id": app.id,
                "mode": app.mode,
                "workflow_id": app.workflow_id,
                "running": self._service.tasks.of_app(app.id),
                "model_calls": [dataclasses.asdict(call) for call in app.model_calls],
            }
        )


def _no_app() -> JSONResponse:
    return JSONResponse({"error": "There is no app with this key; PUT it first."}, status_code=404)
