import { mlflowAttributes } from './conventions/mlflow.ts'
import type { Span } from './span.ts'

/** What a span has of which nothing but an outline is known; made once, as there may be a hundred thousand. */
export const withoutPayload = {
  events: [],
  links: [],
  traceState: '',
  droppedAttributesCount: 0,
  droppedEventsCount: 0,
  droppedLinksCount: 0,
  resource: {},
  scope: { name: '', version: '', attributes: {} },
} satisfies Partial<Span>

/** Gives attributes that tell nothing but a span's type, the same object for the same type. */
export function attributesByType(): (type: string) => Span['attributes'] {
  const known = new Map<string, Span['attributes']>()
  return (type) => {
    const attributes = known.get(type) ?? { [mlflowAttributes.spanType]: JSON.stringify(type) }
    known.set(type, attributes)
    return attributes
  }
}
