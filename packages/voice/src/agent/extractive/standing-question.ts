const courtesy =
  /^(?:(?:so|and|ok|okay|please|um|uh|well|hi|hello|hey|sorry)[\s,.]+)*(?:(?:can|could|would|will) you (?:please )?(?:tell|show) (?:me|us)|(?:can|could|would) you (?:please )?explain(?: to me| to us)?|do you know|i(?:'d| would) like to know|i want to know|tell me)\s+(?=(?:what|how|why|who|where|when|which|whether|if)\b)/i

/** "It" of the time and the weather is no thing. */
const impersonal = /\b(?:time|day|date|year|late|early|raining|snowing|cold|hot|sunny|warm|windy)\b/i
/** "How do you deploy an app" asks how anybody does. */
const anybody = /\bhow (?:do|would|should|can|could) you \w+ \w+/i
const thisAlone =
  /\bthis(?=\s*(?:[?.!,]|$)|\s+(?:on|in|with|from|for|at|by|without|offline|about|work|do|use|run|cost|support)\b)/gi

/** A question without the words of courtesy before it: "could you tell me what a span is" is "what a span is". */
export function withoutCourtesy(question: string): string {
  return question.replace(courtesy, '')
}

/** A question in which "it", "this" and "you" name what the documents are about: "how do I start it". */
export function named(question: string, subject: string): string {
  let text = question.replace(thisAlone, subject)
  if (!impersonal.test(question))
    text = text.replace(/\bit\b(?!['’])/gi, subject).replace(/\bits\b/gi, `${subject}'s`)
  if (anybody.test(question)) return text
  return text
    .replace(/\bare you\b/gi, `is ${subject}`)
    .replace(/\byou\b(?!['’])/gi, subject)
    .replace(/\byour\b/gi, `${subject}'s`)
}
