"""What the SDK's model classes of every type have in common here: endpoint, check, errors."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import ClassVar

from dify_plugin.entities.model import AIModelEntity
from dify_plugin.errors.model import InvokeError
from dify_plugin.interfaces.model.ai_model import AIModel

from models.catalogue.model import ModelKind, Service
from models.catalogue.schemas import schema_of
from models.credential_check import check, prove_model
from models.failures.failure import told_to_dify
from models.service.endpoint import Endpoint


class ProviderModel(AIModel):
    """A model of one provider and type.

    A provider says which endpoint a call goes to, and in whose table its models stand; a type says
    how they are called.
    """

    table: ClassVar[Service] = "openai"

    @abstractmethod
    def _endpoint(self, model: str, credentials: Mapping[str, str]) -> Endpoint:
        """Return the endpoint of a model. Raises InvokeBadRequestError for unusable credentials."""

    @abstractmethod
    def _base_model(self, model: str, credentials: Mapping[str, str]) -> str:
        """Return the model that the service has behind the name that it is called by."""

    def get_customizable_model_schema(
        self, model: str, credentials: Mapping[str, str]
    ) -> AIModelEntity:
        """Return the schema of a name that Dify has none of, by the model that it stands for."""
        base = self._base_model(self._service_name(model), credentials)
        return schema_of(model, base, self.table, self._kind)

    @property
    def _kind(self) -> ModelKind:
        # Dify's spelling of the type is the catalogue's.
        return self.model_type.value  # type: ignore[return-value] # of the types that are here

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
