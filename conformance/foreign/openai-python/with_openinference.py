"""OpenInference's instrumentation of the OpenAI library, and its own decorators."""

from openinference.instrumentation import (
    OITracer,
    TraceConfig,
    get_retriever_attributes,
    using_session,
    using_user,
)
from openinference.instrumentation.openai import OpenAIInstrumentor
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from program import get_weather, run

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
OpenAIInstrumentor().instrument(tracer_provider=provider)
tracer = OITracer(provider.get_tracer("program"), config=TraceConfig())


@tracer.tool
def weather(city: str) -> str:
    return get_weather(city)


@tracer.agent(name="answer")
def answer(question: str) -> str:
    with tracer.start_as_current_span("retrieve", openinference_span_kind="retriever") as span:
        documents = [
            {"id": "7", "content": "Noon is at twelve.", "score": 0.9, "metadata": {"source": "time.md"}},
            {"id": "8", "content": "Paris is in France.", "score": 0.4},
        ]
        span.set_input(question)
        span.set_attributes(get_retriever_attributes(documents=documents))
    run(use_tool=weather)
    return "done"


with using_session("session-1"), using_user("user-1"):
    answer("What time is it?")
provider.shutdown()
