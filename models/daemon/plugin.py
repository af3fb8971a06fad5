"""The SDK's plugin, each call in a greenlet that ends with it, and every failure told masked."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from inspect import signature
from typing import Any, get_origin, override

from dify_plugin import DifyPluginEnv, Plugin
from dify_plugin.core.runtime import Session
from dify_plugin.core.server.__base.request_reader import RequestReader
from dify_plugin.core.server.__base.response_writer import ResponseWriter
from dify_plugin.core.server.router import Route
from dify_plugin.errors.model import InvokeBadRequestError
from gevent.pool import Pool
from pydantic import BaseModel, ValidationError

from models.daemon.debugging import DebuggingConnection, end
from models.daemon.stdin import StdinReader
from models.daemon.stdout import StdoutWriter
from models.failures.failure import bad_request, told_to_dify

_MOST_FAULTS = 5


class ModelPlugin(Plugin):
    """What the daemon runs."""

    def __init__(self, config: DifyPluginEnv) -> None:
        super().__init__(config)
        self.executer = _Greenlets(config.MAX_WORKER)  # type: ignore[assignment] # it submits

    @override
    def _launch_local_stream(
        self, config: DifyPluginEnv
    ) -> tuple[RequestReader, ResponseWriter | None]:
        super()._launch_local_stream(config)
        writer = StdoutWriter()
        return StdinReader(writer), writer

    @override
    def _launch_remote_stream(
        self, config: DifyPluginEnv
    ) -> tuple[RequestReader, ResponseWriter | None]:
        try:
            host, port = self._get_remote_install_host_and_port(config)
        except (ValueError, IndexError):
            end("REMOTE_INSTALL_URL is no address; write it as HOST:PORT")
        if not (key := config.REMOTE_INSTALL_KEY):
            end("REMOTE_INSTALL_KEY is empty; copy the key that Dify shows for debugging")
        connection = DebuggingConnection(
            host, port, key, lambda: self._initialize_tcp_stream(connection)
        )
        connection.launch()
        return connection, connection

    @override
    def register_route(
        self,
        f: Callable[..., object],
        filter: Callable[[dict[str, Any]], bool],
        instance: object | None = None,
    ) -> None:
        """Have `f` asked for the requests that fit; the SDK goes on with those that do not."""
        del instance
        _, request = signature(f).parameters.values()

        def ask(session: Session, data: dict[str, Any]) -> object:
            return f(session, _read(request.annotation, data))

        self.routes.append(Route(filter, ask))

    @override
    def _execute_request(self, session_id: str, data: object, *more: Any, **named: Any) -> None:
        """Answer a request. Raises Dify's errors alone: any other's text and chain would be told,
        and of a request that does not fit the SDK's classes they show prompt and credentials.
        """
        with told_to_dify("The request", tuple):
            if not isinstance(data, dict):
                raise _misfit("data (dict_type)")
            super()._execute_request(session_id, data, *more, **named)


def _read(kind: type[BaseModel], data: dict[str, Any]) -> BaseModel:
    try:
        return kind(**data)
    except ValidationError as misfit:
        faults = misfit.errors(include_url=False, include_context=False, include_input=False)
        named = [f"{'.'.join(map(str, fault['loc']))} ({fault['type']})" for fault in faults]
    except TypeError:
        # How the SDK's own validator says that a list is none; pydantic does not tell whose it was.
        named = [
            f"{name} (list_type)"
            for name, field in kind.model_fields.items()
            if get_origin(field.annotation) is list and not isinstance(data.get(name), list)
        ]
    raise _misfit(", ".join(named[:_MOST_FAULTS]))


def _misfit(fields: str) -> InvokeBadRequestError:
    return bad_request(
        f"The request: the plugin cannot read {fields}; check that the versions of Dify and of "
        "this plugin go together"
    )


class _Greenlets(Executor):
    """Runs work in greenlets. The SDK's threads, which are greenlets too, would stay for good with
    what a burst made of them.
    """

    def __init__(self, most: int) -> None:
        self._running = Pool(most)

    @override
    def submit[**Given, Result](
        self, work: Callable[Given, Result], /, *given: Given.args, **named: Given.kwargs
    ) -> Future[Result]:
        """Start work, or wait until there is room for it."""
        future: Future[Result] = Future()

        def run() -> None:
            try:
                future.set_result(work(*given, **named))
            except Exception as fault:  # noqa: BLE001 - it is told to who asks for the result
                future.set_exception(fault)

        self._running.spawn(run)
        return future
