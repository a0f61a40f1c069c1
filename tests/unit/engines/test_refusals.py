"""What servers say, in all the shapes that they say it in, and what they count."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx2
import openai
import pytest

from repondeur.engines.completion import read_completion, read_usage
from repondeur.engines.failures import Refusal, negotiable, read_refusal, seconds_to_wait

EXTRA = {"type": "extra_forbidden", "loc": ["body", "max_completion_tokens"], "msg": "Extra inputs are not permitted"}
NESTED = {"object": "error", "message": {"detail": [EXTRA]}, "type": "invalid_request_error"}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        pytest.param(
            {"message": "Unsupported", "type": "invalid_request_error", "param": "max_tokens", "code": "unsupported"},
            Refusal("max_tokens", "Unsupported", "unsupported invalid_request_error"),
            id="OpenAI",
        ),
        pytest.param(
            [
                {
                    "error": {
                        "code": 400,
                        "message": "no",
                        "status": "INVALID",
                        "details": [{"reason": "API_KEY_INVALID"}],
                    }
                }
            ],
            Refusal("", "no", "400 invalid api_key_invalid"),
            id="Gemini",
        ),
        pytest.param(
            {"type": "error", "error": {"type": "not_found_error", "message": "model: x"}},
            Refusal("", "model: x", "not_found_error"),
            id="Anthropic",
        ),
        pytest.param(NESTED, Refusal("max_completion_tokens", EXTRA["msg"]), id="Mistral"),
        pytest.param(
            {"object": "error", "message": '{"detail": [{"loc": ["body", "n"], "msg": "no"}]}', "type": "x"},
            Refusal("n", "no"),
            id="Mistral, quoted",
        ),
        pytest.param(
            {"object": "Error", "message": [EXTRA], "code": 3001},
            Refusal("max_completion_tokens", EXTRA["msg"]),
            id="Mistral, a list",
        ),
        pytest.param({"detail": "Unauthorized"}, Refusal("", "Unauthorized"), id="FastAPI"),
        pytest.param(
            {"detail": [{"loc": ["body", "response_format", "type"], "msg": "no"}, EXTRA]},
            Refusal("response_format.type", "no"),
            id="pydantic",
        ),
        pytest.param(
            {"error": {"detail": [{"loc": ["messages", 0, "role"], "msg": "no"}]}},
            Refusal("messages.0.role", "no"),
            id="pydantic, behind a gateway",
        ),
        pytest.param({"detail": [{"loc": ["body"], "msg": "no"}]}, Refusal("", "no"), id="pydantic, the whole"),
        pytest.param({"error": "must be 'json_schema'"}, Refusal("", "must be 'json_schema'"), id="LM Studio"),
        pytest.param("Bad Request", Refusal("", "Bad Request"), id="text"),
        pytest.param(None, Refusal("", "null"), id="nothing"),
        pytest.param([], Refusal("", "[]"), id="an empty list"),
        pytest.param({"error": {"message": {"a": 1}}}, Refusal("", '{"a": 1}'), id="a message that is none"),
        pytest.param({"detail": [{"loc": 7}]}, Refusal("", '{"detail": [{"loc": 7}]}'), id="a detail that is none"),
        pytest.param({"message": "{" * 500}, Refusal("", "{" * 500), id="brackets"),
    ],
)
def test_the_parameter_and_the_message_are_found(body, said):
    assert read_refusal(body) == said


def refused(status, body):
    request = httpx2.Request("POST", "http://127.0.0.1/v1/chat/completions")
    return openai.APIStatusError("no", response=httpx2.Response(status, request=request), body=body)


@pytest.mark.parametrize(
    ("status", "body", "is_about_how_we_ask"),
    [
        (400, {"message": "no"}, True),
        (422, {"detail": [{"loc": ["body", "response_format"], "msg": "no"}]}, True),
        (500, {"error": {"code": 500, "message": "failed to parse grammar"}}, True),
        (500, {"message": "Failed to convert JSON schema: unknown type", "type": "server_error"}, True),
        (500, {"error": {"message": "[{'type': 'literal_error', 'loc': ('body', 'response_format', 'type')}]"}}, True),
        (500, {"detail": [{"loc": ["body", "response_format"], "msg": "no"}]}, True),
        (500, "Conversation roles must alternate user/assistant/user/assistant/...", True),
        (501, {"error": "json_schema: not implemented"}, True),
        (500, {"message": "Internal server error"}, False),
        (500, {"message": "CUDA out of memory in system process"}, False),
        (500, None, False),
        (503, {"message": "grammar"}, False),
        (401, {"message": "response_format"}, False),
        (400, {"message": "The schema is long: maximum context length"}, False),
    ],
)
def test_which_refusals_another_way_of_asking_may_help(status, body, is_about_how_we_ask):
    assert negotiable(refused(status, body)) is is_about_how_we_ask


def limited(body=None, **headers):
    request = httpx2.Request("POST", "http://127.0.0.1/v1/chat/completions")
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    response = httpx2.Response(429, headers=named, request=request)
    return openai.RateLimitError("no", response=response, body=body)


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (limited(), None),
        (limited(retry_after="20"), 20),
        (limited(retry_after="0.5"), 0.5),
        (limited(retry_after="7", retry_after_ms="250"), 0.25),
        (limited(retry_after="soon"), None),
        (limited(retry_after="-3"), None),
        (limited(retry_after="1e999"), None),
        (limited(retry_after=format_datetime(datetime.now(UTC) - timedelta(hours=1), usegmt=True)), 0),
        (limited([{"error": {"details": [{"reason": "x"}, {"retryDelay": "34.07s"}]}}]), 34.07),
        (limited({"details": [{"retryDelay": None}]}), None),
    ],
)
def test_the_wait_that_a_server_asks_for(error, seconds):
    assert seconds_to_wait(error) == seconds


def test_a_wait_until_a_moment():
    later = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    seconds = seconds_to_wait(limited(retry_after=later))
    assert seconds is not None
    assert 3000 < seconds <= 3600


@pytest.mark.parametrize(
    ("counted", "found"),
    [
        ({"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}, (10, 5, 0)),
        ({"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 40}, (10, 30, 0)),
        ({"prompt_tokens": 10, "completion_tokens": 5, "prompt_tokens_details": {"cached_tokens": 8}}, (10, 5, 8)),
        ({"prompt_tokens": 10, "completion_tokens": 5, "prompt_tokens_details": None}, (10, 5, 0)),
        ({"prompt_tokens": 10, "completion_tokens": 5, "num_cached_tokens": 4}, (10, 5, 4)),
        ({"prompt_tokens": 10, "completion_tokens": 5, "prompt_cache_hit_tokens": 3}, (10, 5, 3)),
        ({"prompt_tokens": True, "completion_tokens": 1e9, "total_tokens": "15"}, (0, 0, 0)),
        ([1, 2], (0, 0, 0)),
    ],
)
def test_what_servers_count(counted, found):
    usage = read_usage(counted)
    assert (usage.input_tokens, usage.output_tokens, usage.cached_tokens) == found


@pytest.mark.parametrize("raw", [b"", b"null", b"[]", b"{}", b'{"choices": [{}]}', b'{"choices": [{"message": 7}]}'])
def test_what_is_no_completion_is_none(raw):
    assert read_completion(raw) is None
