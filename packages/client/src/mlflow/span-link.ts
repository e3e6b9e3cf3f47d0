import { SpanLink as Link } from '../span-link.ts'
import { type LinkJson, linkJson } from './span-json.ts'

/** A link to another span, as MLflow's SDK has it. */
export class SpanLink extends Link {
  toJson(): LinkJson {
    return linkJson(this)
  }
}
