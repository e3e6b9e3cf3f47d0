import type { Attributes, AttributeValue, Exception, SpanStatus, TimeInput } from '@opentelemetry/api'
import { isTime, OpenTelemetrySpan } from '../opentelemetry/span.ts'

/**
 * What LiveKit Agents takes for personal (`telemetry/redaction.ts` of `@livekit/agents` 1.9): attributes with the part `pii`,
 * which had the same names without it before 1.7, and those of OpenTelemetry's conventions that carry what was said.
 */
const personalAttributes = [
  /(?:^|\.)pii(?:\.|$)/i,
  /^lk\.(?:user_input|user_transcript|instructions|chat_ctx|input_text|participant_identity|room_name)$/,
  /^lk\.(?:response\.(?:text|function_calls)|function_tool\.(?:arguments|output)|amd\.transcript)$/,
  /^gen_ai\.(?:input\.messages|output\.messages|system_instructions|evaluation\.explanation|prompt\.variable)/,
  /^gen_ai\.(?:tool\.(?:call\.(?:arguments|result)|description|definitions))$/,
  /^gen_ai\.(?:retrieval\.(?:documents|query\.text)|memory\.(?:query\.text|records))$/,
  /^exception\.(?:message|stacktrace)$/,
]
const personalEvents = /^gen_ai\.(?:(?:system|user|assistant|tool)\.message|choice|client\.inference\.)/

/**
 * A span that takes in nothing of what was said. LiveKit's own filter changes spans of OpenTelemetry's SDK at their end, when
 * ours have been announced already.
 */
export class SpanWithoutContent extends OpenTelemetrySpan {
  override setAttribute(key: string, value: AttributeValue): this {
    return isPersonal(key) ? this : super.setAttribute(key, value)
  }

  override setAttributes(attributes: Attributes): this {
    return super.setAttributes(withoutPersonal(attributes))
  }

  override addEvent(name: string, attributesOrTime?: Attributes | TimeInput, time?: TimeInput): this {
    if (personalEvents.test(name)) return this
    const given = isTime(attributesOrTime) ? attributesOrTime : withoutPersonal(attributesOrTime)
    return super.addEvent(name, given, time)
  }

  override setStatus({ code }: SpanStatus): this {
    return super.setStatus({ code })
  }

  override recordException(exception: Exception): void {
    const type = typeof exception === 'string' ? undefined : (exception.name ?? exception.code)
    super.addEvent('exception', { 'exception.type': type })
  }
}

function isPersonal(key: string): boolean {
  return personalAttributes.some((pattern) => pattern.test(key))
}

function withoutPersonal(attributes: Attributes = {}): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([key]) => !isPersonal(key)))
}
