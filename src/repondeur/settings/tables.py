"""The tables of repondeur.toml beside [[mailbox]]: named models, which of them is asked for which mail, intents."""

from decimal import Decimal
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from repondeur.settings.providers import Provider
from repondeur.settings.targets import CallSettings, NotifySettings
from repondeur.settings.values import (
    FiniteFloat,
    IntentId,
    LanguageCode,
    OneLine,
    Secret,
    TableName,
    TemplateId,
    TemplateText,
    VariableName,
    WebUrl,
    Words,
    each_once,
    lower,
)

# The intents that need no [[intent]] table; policy/intents.toml has what they mean.
DEFAULT_INTENTS: Final = (
    "question",
    "support",
    "incident",
    "order",
    "invoice",
    "appointment",
    "complaint",
    "application",
    "privacy_request",
    "unsubscribe",
    "newsletter",
    "spam",
    "thanks",
    "other",
)

Price = Annotated[Decimal, Field(ge=0, le=10_000, allow_inf_nan=False)]
Characters = Annotated[int, Field(ge=0)]


class ModelSettings(BaseModel):
    """A model with a name of its own: a [models.NAME] table.

    provider "local": it runs in this process, and `model` is its name or path. api_key None: that of the provider's own
    variable. local: whether mail that goes there stays in the house; None: as provider and address tell. timeout:
    seconds. What else is None is taken from the program's settings. price_input, price_output: US dollars for a million
    tokens.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: TableName
    provider: Annotated[Literal[Provider, "local"], BeforeValidator(lower)]
    model: Annotated[OneLine, Field(min_length=1)]
    base_url: WebUrl = ""
    api_key: Secret | None = None
    api_key_env: VariableName = ""
    local: bool | None = None
    max_new_tokens: Annotated[int, Field(ge=1, le=32768)] | None = None
    temperature: Annotated[FiniteFloat, Field(ge=0, le=2)] | None = None
    timeout: Annotated[FiniteFloat, Field(gt=0, le=3600)] | None = None
    price_input: Price | None = None
    price_output: Price | None = None


class ModelChoice(BaseModel):
    """Which models are asked for mails that fulfil all of these conditions: a [[model_choice]] table.

    use: names, the next one after a failure. longer_than, shorter_than: characters of new text. intent: as the
    built-in engine sees it. None and empty lists are no condition.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    use: Annotated[tuple[OneLine, ...], Words, AfterValidator(each_once)]
    language: Annotated[tuple[LanguageCode, ...], Words] = ()
    longer_than: Characters | None = None
    shorter_than: Characters | None = None
    attachments: bool | None = None
    intent: Annotated[tuple[OneLine, ...], Words] = ()
    sensitive: bool | None = None
    mailbox: Annotated[tuple[OneLine, ...], Words] = ()


class IntentSettings(BaseModel):
    """What a mail may want: an [[intent]] table. It adds one, or changes what is given of a default one.

    description: one sentence, for the model. examples: what authors write. None leaves what the default has.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: IntentId
    description: OneLine | None = None
    examples: tuple[OneLine, ...] | None = None


class TemplateSettings(BaseModel):
    """A text for answers in strict mode: a [[template]] table. Placeholders: texts.templating.PLACEHOLDERS.

    id "answer": it stands around passages where the model has chosen no other. description: one sentence, for the
    model. intents: of the mails it is for, () for all. fr, en: the whole text, greeting and closing included.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: TemplateId
    description: OneLine = ""
    intents: Annotated[tuple[OneLine, ...], Words] = ()
    fr: TemplateText = ""
    en: TemplateText = ""


# By the name of the table in repondeur.toml, which is that of its field in Settings.
TABLE_MODELS: Final[dict[str, type[BaseModel]]] = {
    "models": ModelSettings,
    "model_choice": ModelChoice,
    "intent": IntentSettings,
    "template": TemplateSettings,
    "notify": NotifySettings,
    "call": CallSettings,
}
