import { stem, words } from '@voxtrace/language'

const asking =
  /^(?:(?:so|and|ok|okay|please|um|uh|well|hi|hello|hey)\s+)*(?:(?:can|could) you (?:tell me|explain)\s+)?(?:what(?:'s| is| are| does| do)|who(?:'s| is)|define|explain|tell me about|describe)\s+(?:(?:a|an|the|is|are)\s+)*(.+?)(?:\s+(?:mean|is|are|do|for|in \w+))?$/

/** The stems of what a question asks to have explained ("what is a turn"), or null when it asks something else. */
export function definedSubject(question: string): string[] | null {
  const subject = asking.exec(words(question).join(' '))?.[1]
  const asked = subject?.split(' ') ?? []
  return asked.length > 0 && asked.length <= 4 ? asked.map(stem) : null
}

/** Whether a sentence explains the subject: it begins with it, and `is`, `are`, `means` or a colon follows. */
export function defines(sentence: string, subject: readonly string[]): boolean {
  const opening =
    /^[\s\-*+•#>_`]*(?:(?:an?|the)\s+)?([^:]{1,80}?)[*_`]*(?::|\s(?:is|are|means?|lets?|refers?)\b)/iu.exec(
      sentence,
    )
  const named = words(opening?.[1] ?? '').map(stem)
  return named.length === subject.length && named.every((word, i) => word === subject[i])
}
