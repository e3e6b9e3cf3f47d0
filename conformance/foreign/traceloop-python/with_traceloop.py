"""Traceloop's OpenLLMetry: its instrumentation of the OpenAI library, and its decorators."""

import os

from program import get_weather, run
from traceloop.sdk import Traceloop
from traceloop.sdk.decorators import tool, workflow

Traceloop.init(
    app_name=os.environ["OTEL_SERVICE_NAME"], api_endpoint=os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"]
)
Traceloop.set_association_properties({"session_id": "session-1", "user_id": "user-1"})


@tool(name="weather")
def weather(city):
    return get_weather(city)


@workflow(name="answer")
def answer(question):
    run(use_tool=weather)
    return "done"


answer("What time is it?")
