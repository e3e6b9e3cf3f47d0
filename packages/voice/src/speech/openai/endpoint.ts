import OpenAI from 'openai'

/** An OpenAI-compatible endpoint. */
export interface Endpoint {
  /** Such as `https://api.openai.com/v1`. */
  baseUrl: string
  /** Empty for endpoints that ask for none. */
  apiKey: string
  model: string
}

/** A client of the endpoint. It does not retry: a caller who waits is better told at once. */
export function clientOf({ baseUrl, apiKey }: Endpoint, timeoutMs: number): OpenAI {
  return new OpenAI({
    baseURL: baseUrl,
    apiKey: apiKey || 'none',
    timeout: timeoutMs,
    maxRetries: 0,
    logLevel: 'off',
  })
}
