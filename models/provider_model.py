"""What the SDK's model classes of every type have in common here: endpoint, check, errors."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from dify_plugin.errors.model import InvokeError
from dify_plugin.interfaces.model.ai_model import AIModel

from models.credential_check import check, prove_model
from models.failures.failure import told_to_dify
from models.service.endpoint import Endpoint


class ProviderModel(AIModel):
    """A model of one provider and type; a subclass says which endpoint a call goes to."""

    @abstractmethod
    def _endpoint(self, model: str, credentials: Mapping[str, str]) -> Endpoint:
        """Return the endpoint of a model. Raises InvokeBadRequestError for unusable credentials."""

    def _service_name(self, model: str) -> str:
        """Return what the service calls a model: in Dify its name may say more."""
        return model

    @abstractmethod
    def _check(self, model: str, credentials: Mapping[str, str], endpoint: Endpoint) -> None:
        """Make the cheapest call that proves key, address and model together.

        Raises InvokeError or ServiceError if it fails.
        """

    def validate_credentials(self, model: str, credentials: Mapping[str, str]) -> None:
        """Call the service as a model of this type is called.

        Raises CredentialsValidateFailedError with one sentence: what is wrong, and what to do.
        """
        check(
            lambda: self._endpoint(self._service_name(model), credentials),
            lambda endpoint: prove_model(
                endpoint, lambda proved: self._check(model, credentials, proved)
            ),
        )

    @contextmanager
    def _calling(self, model: str, credentials: Mapping[str, str]) -> Iterator[Endpoint]:
        """Give the endpoint of a model; what fails with it is told to Dify."""
        with told_to_dify("The settings", tuple):
            endpoint = self._endpoint(self._service_name(model), credentials)
        with told_to_dify(endpoint.service, lambda: endpoint.connection.secrets):
            yield endpoint

    @property
    def _invoke_error_mapping(self) -> dict[type[InvokeError], list[type[Exception]]]:
        """Return no mapping: the core raises Dify's errors itself, also inside a stream."""
        return {}

    def _transform_invoke_error(self, error: Exception) -> InvokeError:
        """Pass Dify's errors through as they are; the SDK would label them with a folder's name."""
        if isinstance(error, InvokeError):
            return error
        return InvokeError(f"The plugin failed with {type(error).__name__}; please report it")
