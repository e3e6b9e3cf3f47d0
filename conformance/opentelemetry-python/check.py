"""Sends one trace to a running server with OpenTelemetry's own SDK and OTLP exporter, as any application would.

Usage: python check.py TRACKING_URI. Prints the id of the trace.
"""

import sys

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

uri = sys.argv[1]
provider = TracerProvider(resource=Resource.create({"service.name": "python-agent"}))
exporter = OTLPSpanExporter(endpoint=f"{uri}/v1/traces", compression=Compression.Gzip)
provider.add_span_processor(BatchSpanProcessor(exporter))
tracer = provider.get_tracer("check")

with tracer.start_as_current_span("request") as root:
    with tracer.start_as_current_span("chat small-model") as chat:
        chat.set_attribute("gen_ai.operation.name", "chat")
        chat.set_attribute("gen_ai.request.model", "small-model")
        chat.set_attribute("gen_ai.usage.input_tokens", 7)
        chat.set_attribute("gen_ai.usage.output_tokens", 5)
        chat.add_event("first token", {"index": 0})

if not provider.force_flush():
    sys.exit("the exporter could not deliver the trace")
provider.shutdown()
print(f"tr-{root.get_span_context().trace_id:032x}")
