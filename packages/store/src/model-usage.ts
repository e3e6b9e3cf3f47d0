/** What calls of models used; null of what is not told. */
export interface ModelUsage {
  inputTokens: number | null
  outputTokens: number | null
  /** Null where no tokens are counted. */
  totalTokens: number | null
  /** US dollars, as the producer counted them. */
  inputCost: number | null
  outputCost: number | null
  /** Null where no cost is counted. */
  totalCost: number | null
}
