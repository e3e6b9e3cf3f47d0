"""Records one trace with everything a span can carry, and exports it as the environment says."""

import sys

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
tracer = provider.get_tracer("exporter", "1.2.3")

with tracer.start_as_current_span("request", kind=trace.SpanKind.SERVER) as root:
    links = [trace.Link(root.get_span_context())]
    with tracer.start_as_current_span("chat small-model", links=links) as chat:
        chat.set_attribute("gen_ai.operation.name", "chat")
        chat.set_attribute("gen_ai.request.model", "small-model")
        chat.set_attribute("gen_ai.usage.input_tokens", 7)
        chat.set_attribute("gen_ai.usage.output_tokens", 5)
        chat.set_attribute("score", 0.5)
        chat.set_attribute("streamed", True)
        chat.set_attribute("stops", ["a", "ü"])
        chat.add_event("token", {"index": 1})
        chat.add_event("token", {"index": 1})
        chat.set_status(trace.StatusCode.ERROR, "cut off")

if not provider.force_flush():
    sys.exit("the exporter could not deliver the trace")
provider.shutdown()
print(f"tr-{root.get_span_context().trace_id:032x}")
