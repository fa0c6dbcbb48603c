"""The providers of models that we know: where they are, how a key is sent, and what tells whether it is accepted."""

from dataclasses import dataclass
from typing import Literal, get_args

ProviderCode = Literal[
    "openai",
    "anthropic",
    "google",
    "azure_openai",
    "mistral",
    "groq",
    "deepseek",
    "together",
    "openrouter",
    "cohere",
    "xai",
    "openai_compatible",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelProvider:
    """A provider.

    `base_url` is its own address, empty when each account has another one; `look` is read below it to learn
    whether a key is accepted: cheap, changes nothing, and refused without a key. `key_header` carries the key
    behind `key_prefix`; `headers` go along.
    """

    code: ProviderCode
    label: str
    base_url: str = ""
    look: str = "models"
    key_header: str = "Authorization"
    key_prefix: str = "Bearer "
    headers: tuple[tuple[str, str], ...] = ()
    example: str = ""

    def headers_for(self, secret: str) -> dict[str, str]:
        """What a request with this key says beside its address."""
        return {**dict(self.headers), self.key_header: f"{self.key_prefix}{secret}"}


_KNOWN = (
    ModelProvider(code="openai", label="OpenAI", base_url="https://api.openai.com/v1"),
    ModelProvider(
        code="anthropic",
        label="Anthropic",
        base_url="https://api.anthropic.com",
        look="v1/models?limit=1000",
        key_header="x-api-key",
        key_prefix="",
        headers=(("anthropic-version", "2023-06-01"),),
    ),
    ModelProvider(
        code="google",
        label="Google Gemini",
        base_url="https://generativelanguage.googleapis.com/v1beta",
        look="models?pageSize=1000",
        key_header="x-goog-api-key",
        key_prefix="",
    ),
    ModelProvider(
        code="azure_openai",
        label="Azure OpenAI",
        key_header="api-key",
        key_prefix="",
        example="https://your-resource.openai.azure.com/openai/v1",
    ),
    ModelProvider(code="mistral", label="Mistral", base_url="https://api.mistral.ai/v1"),
    ModelProvider(code="groq", label="Groq", base_url="https://api.groq.com/openai/v1"),
    ModelProvider(code="deepseek", label="DeepSeek", base_url="https://api.deepseek.com"),
    ModelProvider(code="together", label="Together AI", base_url="https://api.together.xyz/v1"),
    # Its list of models is open to everybody; what it says of the key itself is not.
    ModelProvider(code="openrouter", label="OpenRouter", base_url="https://openrouter.ai/api/v1", look="key"),
    ModelProvider(
        code="cohere", label="Cohere", base_url="https://api.cohere.com", look="v1/models?page_size=1000"
    ),
    ModelProvider(code="xai", label="xAI", base_url="https://api.x.ai/v1"),
    ModelProvider(
        code="openai_compatible",
        label="OpenAI-compatible host",
        example="https://models.example.com/v1",
    ),
)
PROVIDERS: dict[ProviderCode, ModelProvider] = {provider.code: provider for provider in _KNOWN}
CODES: tuple[ProviderCode, ...] = get_args(ProviderCode)
