"""Settings, read once from the environment and from `.env` at the root of the repository."""

from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from fontTools.ttLib import TTFont, TTLibError
from pydantic import (
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app.core.signing import SigningKey

ENV_FILE = Path(__file__).resolve().parents[3] / ".env"

# The values of .env.example are public, so production refuses them.
LOCAL_SECRETS = frozenset(
    {
        "sb_publishable_ACJWlzQHlZjBrEguHvfOxg_3BJgxAaH",
        "sb_secret_N7UND0UgjKTVK-Uodkm0Hg_xSvEMPvz",
        "super-secret-jwt-token-with-at-least-32-characters-long",
    }
)


class Settings(BaseSettings):
    """Settings of the service. Every field is an environment variable of the same name."""

    model_config = SettingsConfigDict(
        env_file=ENV_FILE, extra="ignore", frozen=True, hide_input_in_errors=True
    )

    environment: Literal["development", "production"] = "development"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    supabase_url: str
    supabase_publishable_key: SecretStr
    supabase_secret_key: SecretStr | None = None
    supabase_jwt_secret: SecretStr | None = None
    supabase_jwt_issuer: str | None = None
    supabase_jwt_audience: str = Field(default="authenticated", min_length=1)
    supabase_timeout_seconds: float = Field(default=5.0, gt=0, le=60)

    cors_origins: Annotated[tuple[str, ...], NoDecode] = ()
    max_body_bytes: int = Field(default=1_048_576, ge=1024)
    max_upload_bytes: int = Field(default=52_428_800, ge=1024)

    service_url: str = "http://127.0.0.1:8000"
    certificate_issuer_name: str = Field(default="Lyceum", min_length=1, max_length=200)
    certificate_issuer_url: str = Field(default="", validate_default=True)
    certificate_verify_url: str = Field(default="", validate_default=True)
    certificate_signing_key: SecretStr | None = None
    certificate_fonts: Annotated[tuple[str, ...], NoDecode] = ()

    web_url: str = "http://127.0.0.1:5173"
    stripe_secret_key: SecretStr | None = None
    stripe_webhook_secret: SecretStr | None = None
    stripe_url: str = ""

    tutor_provider: Literal["extractive", "openai_compat", "anthropic", "google", "bedrock"] = (
        "extractive"
    )
    tutor_model: str = Field(default="", max_length=200, pattern=r"^[!-~]*$")
    tutor_base_url: str = ""
    tutor_api_key: SecretStr | None = None
    tutor_max_output_tokens: int = Field(default=800, ge=16, le=32_000)
    tutor_tokens_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    tutor_temperature: float | None = Field(default=None, ge=0, le=2)
    tutor_reasoning_effort: str | None = Field(default=None, pattern=r"^[a-z]{1,20}$")
    tutor_stream_usage: bool = True
    tutor_timeout_seconds: float = Field(default=30.0, gt=0, le=300)
    tutor_idle_timeout_seconds: float = Field(default=20.0, gt=0, le=300)
    tutor_embedding_model: str = Field(default="", max_length=200, pattern=r"^[!-~]*$")
    tutor_max_runs: int = Field(default=500, ge=1, le=100_000)
    tutor_run_seconds: float = Field(default=90.0, gt=0, le=170)
    tutor_grace_seconds: float = Field(default=30.0, gt=0, le=170)
    tutor_drain_seconds: float = Field(default=3.0, ge=0, le=120)

    @field_validator("supabase_url", "service_url", "web_url")
    @classmethod
    def _check_url(cls, value: str) -> str:
        return _origin(value)

    @field_validator("supabase_publishable_key")
    @classmethod
    def _check_publishable_key(cls, value: SecretStr) -> SecretStr:
        key = value.get_secret_value()
        if not _is_header_value(key):
            raise ValueError("must be the publishable key of the project")
        if key.startswith("sb_secret_"):
            raise ValueError("holds a secret key; that one is SUPABASE_SECRET_KEY")
        return value

    @field_validator(
        "supabase_secret_key",
        "supabase_jwt_secret",
        "supabase_jwt_issuer",
        "certificate_signing_key",
        "stripe_secret_key",
        "stripe_webhook_secret",
        "tutor_api_key",
        "tutor_temperature",
        "tutor_reasoning_effort",
        mode="before",
    )
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("supabase_secret_key")
    @classmethod
    def _check_secret_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            key = value.get_secret_value()
            if not _is_header_value(key):
                raise ValueError("must be the secret key of the project, or empty")
            if key.startswith("sb_publishable_"):
                raise ValueError("holds a publishable key; that one is SUPABASE_PUBLISHABLE_KEY")
        return value

    @field_validator("tutor_api_key")
    @classmethod
    def _check_tutor_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not _is_header_value(value.get_secret_value()):
            raise ValueError("must be the key of the provider, or empty")
        return value

    @field_validator("stripe_url")
    @classmethod
    def _check_stripe_url(cls, value: str) -> str:
        return _origin(value) if value else value

    @field_validator("tutor_base_url")
    @classmethod
    def _check_tutor_url(cls, value: str) -> str:
        if value and (urlsplit(value).query or urlsplit(value).fragment):
            raise ValueError("must have no query and no fragment")
        return _page(value).rstrip("/") if value else value

    @field_validator("supabase_jwt_secret")
    @classmethod
    def _check_jwt_secret(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value().encode()) < 32:
            raise ValueError("must have at least 32 bytes, or be empty for JWKS only")
        return value

    @field_validator("certificate_issuer_url")
    @classmethod
    def _check_issuer_url(cls, value: str, info: ValidationInfo) -> str:
        return _page(value) if value else str(info.data.get("service_url", ""))

    @field_validator("certificate_verify_url")
    @classmethod
    def _check_verify_url(cls, value: str, info: ValidationInfo) -> str:
        if not value:
            return f"{info.data.get('service_url', '')}/v1/certificates/{{code}}.svg"
        if value.count("{code}") != 1:
            raise ValueError("must hold {code} once")
        _page(value.replace("{code}", "0"))
        return value

    @field_validator("certificate_signing_key")
    @classmethod
    def _check_signing_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            SigningKey.parse(value.get_secret_value())
        return value

    @field_validator("certificate_fonts")
    @classmethod
    def _check_fonts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for number, path in enumerate(value, start=1):
            try:
                with open(path, "rb") as file, TTFont(file, fontNumber=0, lazy=True) as font:
                    readable = bool(font.getBestCmap())
            except (OSError, TTLibError):
                readable = False
            if not readable:
                raise ValueError(f"number {number} is not a font that can be read")
        return value

    @field_validator("cors_origins", "certificate_fonts", mode="before")
    @classmethod
    def _split_list(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("cors_origins")
    @classmethod
    def _check_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_origin(origin) for origin in value)

    @model_validator(mode="after")
    def _refuse_local_secrets(self) -> Self:
        if self.environment == "production":
            for name in ("supabase_publishable_key", "supabase_secret_key", "supabase_jwt_secret"):
                secret: SecretStr | None = getattr(self, name)
                if secret is not None and secret.get_secret_value() in LOCAL_SECRETS:
                    raise ValueError(f"{name.upper()} is the local default; set your own")
        return self

    @model_validator(mode="after")
    def _refuse_local_signatures(self) -> Self:
        if (
            self.environment == "production"
            and self.certificate_signing_key is not None
            and not self.service_url.startswith("https://")
        ):
            raise ValueError("SERVICE_URL must be the public https address: credentials name it")
        return self

    @model_validator(mode="after")
    def _check_tutor(self) -> Self:
        provider = self.tutor_provider
        missing: list[str] = []
        if provider in {"openai_compat", "anthropic", "google", "bedrock"} and not self.tutor_model:
            missing.append("TUTOR_MODEL")
        if provider == "openai_compat" and not self.tutor_base_url:
            missing.append("TUTOR_BASE_URL")
        if missing:
            raise ValueError(f"TUTOR_PROVIDER {provider} needs {' and '.join(missing)}")
        if self.tutor_embedding_model.partition(":")[0] not in {"", "local"}:
            if provider not in {"extractive", "openai_compat"}:
                raise ValueError(
                    "TUTOR_EMBEDDING_MODEL needs TUTOR_PROVIDER extractive or openai_compat: "
                    "TUTOR_BASE_URL and TUTOR_API_KEY are then those of its server"
                )
            if not self.tutor_base_url:
                raise ValueError("TUTOR_EMBEDDING_MODEL needs TUTOR_BASE_URL")
        return self

    @cached_property
    def signing_key(self) -> SigningKey | None:
        """The key that signs credentials; None when none is configured."""
        secret = self.certificate_signing_key
        return None if secret is None else SigningKey.parse(secret.get_secret_value())

    @property
    def rest_url(self) -> str:
        """The URL of PostgREST, without a trailing slash."""
        return f"{self.supabase_url}/rest/v1"

    @property
    def storage_url(self) -> str:
        """The URL of Supabase Storage, without a trailing slash."""
        return f"{self.supabase_url}/storage/v1"

    @property
    def jwks_url(self) -> str:
        """The URL of the JWKS of Supabase Auth."""
        return f"{self.supabase_url}/auth/v1/.well-known/jwks.json"


def load_settings() -> Settings:
    """Read the settings from the environment.

    Raises:
        SystemExit: a setting is missing or wrong; the message is one line and contains no value.
    """
    try:
        return Settings()
    except ValidationError as error:
        problems = [
            f"{'.'.join(str(part) for part in item['loc'][:1]).upper()}: {item['msg']}".lstrip(": ")
            for item in error.errors(include_input=False, include_url=False)
        ]
        raise SystemExit(f"lyceum: wrong settings: {'; '.join(problems)}") from None


def _is_header_value(key: str) -> bool:
    """Whether a key is valid as the value of a header."""
    return bool(key) and key.isascii() and key.isprintable() and " " not in key


def _page(value: str) -> str:
    """Check that a value is the URL of a page; return it unchanged."""
    parts = urlsplit(value)
    printable = value.isascii() and value.isprintable() and not set(value) & set(' "<>\\^`{|}')
    if (
        parts.scheme not in {"http", "https"}
        or not parts.hostname
        or parts.username is not None
        or not printable
        or len(value) > 300
    ):
        raise ValueError("must look like https://host/path, with at most 300 characters")
    _ = parts.port  # raises ValueError when the port is not a number
    return value


def _origin(value: str) -> str:
    """`scheme://host[:port]` of a URL that has no path, or only a slash."""
    parts = urlsplit(value)
    if (
        parts.scheme not in {"http", "https"}
        or not parts.hostname
        or parts.username is not None
        or parts.path not in {"", "/"}
        or parts.query
        or parts.fragment
    ):
        raise ValueError("must look like https://host or http://host:port")
    _ = parts.port  # raises ValueError when the port is not a number
    return f"{parts.scheme}://{parts.netloc.lower()}"
