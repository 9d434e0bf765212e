"""Settings, and values with which the service refuses to start."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from app.core.config import LOCAL_SECRETS, Settings, load_settings
from app.main import create_app
from tests.api.support import SECRET_KEY, SigningKeys, make_settings

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment with the required settings only, and no `.env`."""
    monkeypatch.setitem(Settings.model_config, "env_file", None)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("SUPABASE_URL", "https://project.supabase.test/")
    monkeypatch.setenv("SUPABASE_PUBLISHABLE_KEY", "sb_publishable_of_the_project")
    return monkeypatch


def test_the_least(environment: pytest.MonkeyPatch) -> None:
    """A URL and a key are sufficient for a hosted project."""
    environment.setenv("SUPABASE_JWT_SECRET", "")
    environment.setenv("CORS_ORIGINS", " https://a.test , https://b.test/, ")
    environment.setenv("SOMETHING_ELSE", "is ignored")
    settings = load_settings()
    assert settings.supabase_jwt_secret is None
    assert settings.supabase_jwt_issuer is None
    assert settings.cors_origins == ("https://a.test", "https://b.test")
    assert settings.rest_url == "https://project.supabase.test/rest/v1"
    assert settings.jwks_url == "https://project.supabase.test/auth/v1/.well-known/jwks.json"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SUPABASE_URL", None),
        ("SUPABASE_URL", "project.supabase.test"),
        ("SUPABASE_URL", "ftp://project.supabase.test"),
        ("SUPABASE_URL", "https://user:hidden-value@project.supabase.test"),
        ("SUPABASE_URL", "https://project.supabase.test/rest/v1"),
        ("SUPABASE_URL", "https://project.supabase.test:port"),
        ("SUPABASE_URL", "https://[broken"),
        ("SUPABASE_PUBLISHABLE_KEY", None),
        ("SUPABASE_PUBLISHABLE_KEY", ""),
        ("SUPABASE_PUBLISHABLE_KEY", "hidden-value\n"),
        ("SUPABASE_PUBLISHABLE_KEY", "sb_secret_hidden-value"),
        ("SUPABASE_SECRET_KEY", "hidden-value\n"),
        ("SUPABASE_SECRET_KEY", "sb_publishable_hidden-value"),
        ("SUPABASE_JWT_SECRET", "hidden-value"),
        ("SUPABASE_TIMEOUT_SECONDS", "0"),
        ("SUPABASE_TIMEOUT_SECONDS", "hidden-value"),
        ("CORS_ORIGINS", "*"),
        ("CORS_ORIGINS", "https://a.test/path"),
        ("ENVIRONMENT", "staging"),
        ("LOG_LEVEL", "loud"),
        ("MAX_BODY_BYTES", "10"),
        ("SERVICE_URL", "https://service.test/path"),
        ("CERTIFICATE_ISSUER_NAME", ""),
        ("CERTIFICATE_ISSUER_URL", "school.test"),
        ("CERTIFICATE_ISSUER_URL", "https://user:hidden-value@school.test"),
        ("CERTIFICATE_VERIFY_URL", "https://school.test/verify"),
        ("CERTIFICATE_VERIFY_URL", "javascript:alert({code})"),
        ("CERTIFICATE_VERIFY_URL", "https://school.test/{code}/<script>"),
        ("CERTIFICATE_VERIFY_URL", "https://school.test/{code}" + "x" * 300),
        ("CERTIFICATE_SIGNING_KEY", "hidden-value"),
        ("CERTIFICATE_SIGNING_KEY", '{"kty":"EC","d":"hidden-value"}'),
        ("CERTIFICATE_SIGNING_KEY", '{"kty":"oct","k":"hidden-value"}'),
        ("CERTIFICATE_SIGNING_KEY", "{hidden-value"),
        ("CERTIFICATE_FONTS", "/nowhere/hidden-value.ttf"),
        ("CERTIFICATE_FONTS", __file__),
        ("TUTOR_PROVIDER", "hidden-value"),
        ("TUTOR_MODEL", "hidden-value with spaces"),
        ("TUTOR_BASE_URL", "hidden-value/v1"),
        ("TUTOR_BASE_URL", "https://user:hidden-value@models.test/v1"),
        ("TUTOR_BASE_URL", "https://models.test/v1?key=hidden-value"),
        ("TUTOR_API_KEY", "hidden-value\n"),
        ("TUTOR_MAX_OUTPUT_TOKENS", "0"),
        ("TUTOR_TOKENS_FIELD", "hidden-value"),
        ("TUTOR_TEMPERATURE", "3"),
        ("TUTOR_REASONING_EFFORT", "hidden-value"),
        ("TUTOR_STREAM_USAGE", "hidden-value"),
        ("TUTOR_TIMEOUT_SECONDS", "0"),
        ("TUTOR_IDLE_TIMEOUT_SECONDS", "301"),
        ("TUTOR_EMBEDDING_MODEL", "hidden-value with spaces"),
    ],
)
def test_wrong_settings_end_the_start(
    environment: pytest.MonkeyPatch, name: str, value: str | None
) -> None:
    """One line names the wrong setting without its value."""
    if value is None:
        environment.delenv(name)
    else:
        environment.setenv(name, value)
    with pytest.raises(SystemExit) as caught:
        create_app()
    message = str(caught.value)
    assert message.startswith("lyceum: wrong settings: ")
    assert name in message
    assert "\n" not in message
    assert "hidden-value" not in message


def test_all_problems_are_named_at_once(environment: pytest.MonkeyPatch) -> None:
    """All wrong settings are reported at once."""
    environment.delenv("SUPABASE_URL")
    environment.setenv("LOG_LEVEL", "loud")
    with pytest.raises(SystemExit, match=r"SUPABASE_URL.*LOG_LEVEL|LOG_LEVEL.*SUPABASE_URL"):
        load_settings()


@pytest.fixture
def example() -> dict[str, str]:
    """The values of `.env.example`."""
    lines = (ROOT / ".env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_the_example_file_names_every_setting(
    environment: pytest.MonkeyPatch, example: dict[str, str]
) -> None:
    """The file has every setting, and its values are accepted."""
    assert {name.upper() for name in Settings.model_fields} <= set(example)
    for name, value in example.items():
        environment.setenv(name, value)
    assert load_settings().environment == "development"


@pytest.mark.parametrize(
    "field", ["supabase_publishable_key", "supabase_secret_key", "supabase_jwt_secret"]
)
def test_production_refuses_local_secrets(example: dict[str, str], field: str) -> None:
    """Production refuses secrets that are in the repository."""
    value = example[field.upper()]
    assert value in LOCAL_SECRETS
    assert make_settings(**{field: value}).environment == "development"
    with pytest.raises(ValidationError, match=field.upper()):
        make_settings(environment="production", **{field: value})


def test_production_with_its_own_values() -> None:
    """Production accepts other values, and settings are immutable."""
    settings = make_settings(environment="production")
    with pytest.raises(ValidationError, match="frozen"):
        settings.environment = "development"  # type: ignore[misc]


def test_secrets_are_not_printed() -> None:
    """Printing the settings shows no secret."""
    settings = make_settings(tutor_api_key="sk-hidden", supabase_secret_key=SECRET_KEY)
    shown: list[Any] = [
        settings.supabase_publishable_key,
        settings.supabase_secret_key,
        settings.supabase_jwt_secret,
        settings.tutor_api_key,
    ]
    for secret in shown:
        assert secret.get_secret_value() not in repr(settings) + str(settings.model_dump())


def test_certificates_lead_to_the_service(environment: pytest.MonkeyPatch) -> None:
    """Without addresses of their own, issuer and verification page are at the service."""
    for name in ("CERTIFICATE_ISSUER_URL", "CERTIFICATE_VERIFY_URL", "CERTIFICATE_SIGNING_KEY"):
        environment.setenv(name, "")
    environment.setenv("SERVICE_URL", "https://Service.test/")
    settings = load_settings()
    assert settings.certificate_issuer_url == "https://service.test"
    assert settings.certificate_verify_url == "https://service.test/v1/certificates/{code}.svg"
    assert settings.signing_key is None


def test_credentials_need_a_public_address_in_production() -> None:
    """Credentials contain the address of the key, so production requires a public one."""
    key = SigningKeys.elliptic()
    make_settings(certificate_signing_key=key, service_url="http://127.0.0.1:8000")
    make_settings(certificate_signing_key=key, environment="production")
    with pytest.raises(ValidationError, match="SERVICE_URL"):
        make_settings(
            certificate_signing_key=key,
            environment="production",
            service_url="http://127.0.0.1:8000",
        )


def test_empty_settings_of_the_tutor(environment: pytest.MonkeyPatch) -> None:
    """Without tutor settings, or with empty ones, the tutor quotes."""
    for name in ("SUPABASE_SECRET_KEY", "TUTOR_API_KEY", "TUTOR_TEMPERATURE", "TUTOR_BASE_URL"):
        environment.setenv(name, "")
    settings = load_settings()
    assert settings.tutor_provider == "extractive"
    assert settings.supabase_secret_key is None
    assert settings.tutor_api_key is None
    assert settings.tutor_temperature is None


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"tutor_provider": "openai_compat"}, "needs TUTOR_MODEL and TUTOR_BASE_URL"),
        ({"tutor_provider": "openai_compat", "tutor_model": "m"}, "needs TUTOR_BASE_URL"),
        ({"tutor_provider": "anthropic"}, "anthropic needs TUTOR_MODEL"),
        ({"tutor_embedding_model": "m"}, "needs TUTOR_BASE_URL"),
        (
            {
                "tutor_embedding_model": "m",
                "tutor_provider": "google",
                "tutor_model": "m",
                "tutor_base_url": "https://models.test",
            },
            "needs TUTOR_PROVIDER",
        ),
    ],
)
def test_settings_of_the_tutor_that_do_not_fit(values: dict[str, str], named: str) -> None:
    """A missing setting of a provider is reported at start-up."""
    with pytest.raises(ValidationError, match=named):
        make_settings(**values)


def test_address_of_a_model_server() -> None:
    """The path of the address is preserved, a trailing slash is removed."""
    settings = make_settings(
        tutor_provider="openai_compat",
        tutor_model="openai/gpt-oss-120b",
        tutor_base_url="https://models.test/openai/v1/",
    )
    assert settings.tutor_base_url == "https://models.test/openai/v1"
