/** A token that the model wrote, with the likeliest tokens in its place. Log-probabilities are natural. */
export interface TokenLogprob {
  token: string
  top: { token: string; logprob: number }[]
}

export interface ExpectedScore {
  /** The mean of the scores 1 to 5, weighted by their probability. */
  score: number
  /** The probability of each score, together 1. */
  distribution: Record<string, number>
}

const leastMass = 0.5

/**
 * The score weighted by how likely the model was to write each digit in its place (G-Eval, Liu et al. 2023,
 * section 2). Null where the tokens do not show it: no log-probabilities, no single digit as a token, or too little
 * probability on the digits.
 */
export function expectedScore(tokens: readonly TokenLogprob[]): ExpectedScore | null {
  const token = scoreToken(tokens)
  if (!token) return null
  const mass = new Map<string, number>()
  for (const { token: text, logprob } of token.top) {
    const digit = text.trim()
    if (/^[1-5]$/.test(digit)) mass.set(digit, (mass.get(digit) ?? 0) + Math.exp(logprob))
  }
  const total = [...mass.values()].reduce((sum, probability) => sum + probability, 0)
  if (!(total >= leastMass)) return null
  const distribution: Record<string, number> = {}
  let score = 0
  for (const [digit, probability] of [...mass].sort(([a], [b]) => a.localeCompare(b))) {
    distribution[digit] = probability / total
    score += Number(digit) * (probability / total)
  }
  return { score, distribution }
}

/** The token that is the digit after the last `"score":`. */
function scoreToken(tokens: readonly TokenLogprob[]): TokenLogprob | null {
  const text = tokens.map((token) => token.token).join('')
  const place = [...text.matchAll(/"score"\s*:\s*(?=[1-5])/gu)].at(-1)
  if (!place) return null
  const digit = place.index + place[0].length
  let from = 0
  for (const token of tokens) {
    if (digit < from + token.token.length) return /^[1-5]$/.test(token.token.trim()) ? token : null
    from += token.token.length
  }
  return null
}
