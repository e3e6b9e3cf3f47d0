import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Scope;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Records one trace with everything a span can carry, and exports it as the environment says. */
class Export {
  public static void main(String[] arguments) {
    OpenTelemetrySdk sdk = AutoConfiguredOpenTelemetrySdk.initialize().getOpenTelemetrySdk();
    Tracer tracer =
        sdk.getTracerProvider().tracerBuilder("exporter").setInstrumentationVersion("1.2.3").build();
    Span root = tracer.spanBuilder("request").setSpanKind(SpanKind.SERVER).startSpan();
    try (Scope scope = root.makeCurrent()) {
      Span chat = tracer.spanBuilder("chat small-model").addLink(root.getSpanContext()).startSpan();
      chat.setAttribute("gen_ai.operation.name", "chat");
      chat.setAttribute("gen_ai.request.model", "small-model");
      chat.setAttribute("gen_ai.usage.input_tokens", 7);
      chat.setAttribute("gen_ai.usage.output_tokens", 5);
      chat.setAttribute("score", 0.5);
      chat.setAttribute("streamed", true);
      chat.setAttribute(AttributeKey.stringArrayKey("stops"), List.of("a", "ü"));
      chat.addEvent("token", Attributes.of(AttributeKey.longKey("index"), 1L));
      chat.addEvent("token", Attributes.of(AttributeKey.longKey("index"), 1L));
      chat.setStatus(StatusCode.ERROR, "cut off");
      chat.end();
    } finally {
      root.end();
    }
    if (!sdk.getSdkTracerProvider().shutdown().join(10, TimeUnit.SECONDS).isSuccess()) {
      System.err.println("the exporter could not deliver the trace");
      System.exit(1);
    }
    System.out.println("tr-" + root.getSpanContext().getTraceId());
  }
}
