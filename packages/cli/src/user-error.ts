/** An error that the person at the terminal can act on. It is printed as one sentence and what to do. */
export class UserError extends Error {
  readonly advice: string | undefined

  constructor(message: string, advice?: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'UserError'
    this.advice = advice
  }
}
