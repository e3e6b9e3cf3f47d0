from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from pipecat.utils.tracing.setup import setup_tracing

exporter = OTLPSpanExporter(endpoint="http://127.0.0.1:5000/v1/traces")
setup_tracing(service_name="my-agent", exporter=exporter)

# And for the pipeline's task or worker: enable_tracing=True,
# params=PipelineParams(enable_metrics=True, enable_usage_metrics=True)
