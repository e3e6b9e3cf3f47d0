/** What a request asks of an endpoint beyond plain chat, which not every endpoint knows. */
export interface Offer {
  format: 'json_schema' | 'json_object' | 'none'
  logprobs: boolean
  temperature: boolean
}

export const fullOffer: Offer = { format: 'json_schema', logprobs: true, temperature: true }

/**
 * The next smaller offer after an endpoint refused one, or null when there is nothing left to leave out. What the
 * refusal names goes first; where it names nothing, what is least often known goes first.
 */
export function smallerOffer(offer: Offer, refusal: string): Offer | null {
  const smaller: { names: RegExp; offer: Offer | null }[] = [
    { names: /logprob/iu, offer: offer.logprobs ? { ...offer, logprobs: false } : null },
    { names: /response_format|json_schema|json_object|schema|structured/iu, offer: smallerFormat(offer) },
    { names: /temperature/iu, offer: offer.temperature ? { ...offer, temperature: false } : null },
  ]
  const named = smaller.find((step) => step.offer !== null && step.names.test(refusal))
  return (named ?? smaller.find((step) => step.offer !== null))?.offer ?? null
}

function smallerFormat(offer: Offer): Offer | null {
  if (offer.format === 'json_schema') return { ...offer, format: 'json_object' }
  if (offer.format === 'json_object') return { ...offer, format: 'none' }
  return null
}
