"""The accounts whose records are read: one TOML file, keys only by the names of variables.

[[accounts]]
name = "production"
key_env = "OPENAI_API_KEY"
# organization, project, base_url: where they are not those of the key itself
# admin_key_env = "OPENAI_ADMIN_KEY": what was billed is read too, once per organization

[[accounts]]
name = "sweden"
azure_endpoint = "https://NAME.openai.azure.com"
key_env = "AZURE_OPENAI_API_KEY"
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import openai
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from models.catalogue.model import Service
from tools.usage.calls import Holder
from tools.usage.failures import ConfigFailure

_OPENAI = "https://api.openai.com/v1"
_SECONDS = 60.0
# The client waits as long as `retry-after` says, up to a minute, else longer each time.
_TRIES_AGAIN = 10


class Account(BaseModel):
    """Where records are kept, and which environment variable holds the key."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1)
    key_env: str = Field(min_length=1)
    base_url: str = ""
    azure_endpoint: str = ""
    organization: str | None = None
    project: str | None = None
    admin_key_env: str | None = None

    @property
    def provider(self) -> Service:
        """The service, as usage lines name it."""
        return "azure_openai" if self.azure_endpoint else "openai"

    @property
    def url(self) -> str:
        """The address of the API: Azure's is its version 1, which alone lists what is stored."""
        if not self.azure_endpoint:
            return self.base_url or _OPENAI
        resource = self.azure_endpoint.rstrip("/").removesuffix("/openai/v1")
        return resource.removesuffix("/openai") + "/openai/v1"

    @property
    def holder(self) -> Holder:
        """Who keeps its records."""
        return Holder(self.name, self.provider, urlsplit(self.url).hostname or "")

    def client(self, environment: Mapping[str, str]) -> openai.OpenAI:
        """Return a client that is patient with rate limits. Raises ConfigFailure."""
        key = self._key(self.key_env, environment)
        client = openai.OpenAI(
            api_key=key,
            base_url=self.url,
            organization=self.organization,
            project=self.project,
            timeout=_SECONDS,
            max_retries=_TRIES_AGAIN,
        )
        # Never from the environment, which may hold another account's.
        headers: dict[str, str | openai.Omit] = {
            "OpenAI-Organization": self.organization or openai.Omit(),
            "OpenAI-Project": self.project or openai.Omit(),
        }
        if self.azure_endpoint:
            headers["api-key"] = key
        client._custom_headers = headers  # type: ignore[assignment] # takes Omit
        return client

    def admin_client(self, environment: Mapping[str, str]) -> openai.OpenAI | None:
        """Return a client of the organization's costs, None without `admin_key_env`."""
        if self.admin_key_env is None:
            return None
        admin_key = self._key(self.admin_key_env, environment)
        return self.client(environment).copy(admin_api_key=admin_key)

    def _key(self, variable: str, environment: Mapping[str, str]) -> str:
        if key := environment.get(variable, "").strip():
            return key
        raise ConfigFailure(
            f"Account {self.name!r}: the environment variable {variable} is not set; "
            "put the account's key into it."
        )


class _Accounts(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    accounts: tuple[Account, ...] = Field(min_length=1)
    dify: JsonValue = None  # names of apps, which the report asks for


def read_accounts(path: Path) -> tuple[Account, ...]:
    """Read the file. Raises ConfigFailure."""
    try:
        accounts = _Accounts.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise ConfigFailure(f"{path} cannot be read: {error.strerror}.") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigFailure(f"{path} is not TOML: {error}.") from None
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ConfigFailure(f"{path}: `{where}` is wrong: {first['msg']}.") from None
    names = [account.name for account in accounts.accounts]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ConfigFailure(f"{path}: two accounts are called {twice!r}; give each its name.")
    for account in accounts.accounts:
        _check(path, account)
    return accounts.accounts


def _check(path: Path, account: Account) -> None:
    where = f"{path}: account {account.name!r}"
    if account.base_url and account.azure_endpoint:
        raise ConfigFailure(f"{where} has both `base_url` and `azure_endpoint`; leave one out.")
    if not account.url.startswith(("https://", "http://")):
        raise ConfigFailure(f"{where}: {account.url!r} is no web address; begin with https://.")
    if account.admin_key_env and account.azure_endpoint:
        raise ConfigFailure(f"{where}: Azure has no costs API; leave `admin_key_env` out.")
    for variable in (account.key_env, account.admin_key_env):
        if variable and not variable.replace("_", "").isalnum():
            raise ConfigFailure(
                f"{where}: `key_env` is the name of an environment variable, never the key."
            )
