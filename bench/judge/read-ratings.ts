import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Subject } from '@voxtrace/judge'
import { z } from 'zod'

/** An answer that people rated. */
export interface Rated {
  subject: Subject
  /** Answers with the same group answer the same dialogue or document. */
  group: string
  /** What wrote the answer. */
  system: string
  ratings: Record<string, number>
}

const people = new Set(['Original Ground Truth', 'New Human Generated'])

/** Leaves out the answers that people wrote: telling these from a machine's is easy and says nothing of a judge. */
export function machineOnly(answer: { system: string }): boolean {
  return !people.has(answer.system)
}

const ratings = z.record(z.string(), z.number())

const dialogue = z.object({
  history: z.string(),
  knowledge: z.string(),
  response: z.string(),
  system: z.string(),
  human: ratings,
})

/** Answers in dialogues with a fact to use, rated by people (Mehri and Eskenazi 2020). */
export async function readTopicalChat(directory: string): Promise<Rated[]> {
  return (await lines(directory, 'topical_chat')).map((line) => {
    const { history, knowledge, response, system, human } = dialogue.parse(line)
    const utterances = rejoin(history)
      .split('\n')
      .filter((text) => text.trim() !== '')
    const before = utterances.slice(0, -1)
    return {
      group: history,
      system,
      ratings: human,
      subject: {
        question: (utterances.at(-1) ?? '').trim(),
        answer: rejoin(response).trim(),
        interrupted: false,
        history: before.map((text, i) => ({
          speaker: (before.length - i) % 2 === 1 ? ('agent' as const) : ('user' as const),
          text: text.trim(),
        })),
        documents: [{ title: null, text: rejoin(knowledge) }],
      },
    }
  })
}

const summary = z.object({ document: z.string(), response: z.string(), human: ratings })

/** Summaries of news, rated by people for consistency with the article (Wang et al. 2020). */
export async function readSummaries(directory: string, name: string): Promise<Rated[]> {
  return (await lines(directory, name)).map((line) => {
    const { document, response, human } = summary.parse(line)
    return {
      group: document,
      system: name,
      ratings: human,
      subject: {
        question: 'What happened?',
        answer: response,
        interrupted: false,
        history: [],
        documents: [{ title: null, text: document }],
      },
    }
  })
}

async function lines(directory: string, name: string): Promise<unknown[]> {
  const text = await readFile(join(directory, `${name}.jsonl`), 'utf8')
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line))
}

/** Puts words together again that a tokenizer took apart: `do n't .` becomes `don't.` */
function rejoin(text: string): string {
  return text.replace(/ (n't|'(?:s|m|re|ve|ll|d))\b/gu, '$1').replace(/ ([.,!?;:])/gu, '$1')
}
