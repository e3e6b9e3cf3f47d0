import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { createOfflineJudge } from '@voxtrace/judge'
import { loadEmbedder } from '@voxtrace/language'
import { turnCriteria } from '@voxtrace/model'
import { kendall, meanWithinGroups, spearman } from './judge/correlation.ts'
import { type Judged, judgeAll } from './judge/judge-all.ts'
import { machineOnly, readSummaries, readTopicalChat } from './judge/read-ratings.ts'

const usage = `npm run bench:judge -- --data DIR

Prints how far the offline judge agrees with people, and how long a judgement takes. DIR (or VOXTRACE_JUDGE_DATA)
holds topical_chat.jsonl, qags_xsum.jsonl and qags_cnndm.jsonl, one rated answer a line.`

const { values } = parseArgs({ options: { data: { type: 'string' }, help: { type: 'boolean' } } })
const directory = values.data ?? process.env.VOXTRACE_JUDGE_DATA
if (values.help || directory === undefined) {
  console.log(usage)
  process.exit(values.help ? 0 : 2)
}
if (!existsSync(directory)) {
  console.error(`There is no directory ${directory}. Give the one with the rated answers by --data.`)
  process.exit(2)
}

const embedder = await loadEmbedder()
const judge = createOfflineJudge(embedder)

const dialogues = await judgeAll(judge, await readTopicalChat(directory))
const xsum = await judgeAll(judge, await readSummaries(directory, 'qags_xsum'), ['faithfulness'])
const cnndm = await judgeAll(judge, await readSummaries(directory, 'qags_cnndm'), ['faithfulness'])
await embedder.close()

console.log(`Offline judge ${judge.source.id}, ${embedder.model}, Node ${process.version}`)
console.log('\nDialogues (Topical-Chat): mean correlation within a dialogue')
console.log(
  table([
    ['score', 'people rate', 'ρ full', 'τ full', 'ρ machine', 'τ machine', 'judged', 'published ρ full'],
    ...[
      ['answer_relevancy', 'coherence', 'UniEval .61'],
      ['coherence', 'coherence', 'UniEval .61'],
      ['faithfulness', 'groundedness', 'UniEval .58'],
      ['faithfulness.groundedness', 'groundedness', 'UniEval .58'],
      ['answer_relevancy', 'overall', 'UniEval .66'],
      ['retrieval_relevancy', 'groundedness', '–'],
      ['tone', 'naturalness', '–'],
      ['tone', 'engagingness', '–'],
    ].map(([score = '', rating = '', published = '']) => dialogueRow(dialogues, score, rating, published)),
  ]),
)
console.log('\nSummaries (QAGS): correlation over all, faithfulness with consistency')
console.log(
  table([
    ['data', 'ρ', 'τ', 'judged', 'published ρ', 'consistency by level 1…5 (count)'],
    summaryRow('XSum', xsum, 'UniEval .49'),
    summaryRow('CNN/DailyMail', cnndm, 'UniEval .66'),
  ]),
)
console.log('\nTime of a judgement, one at a time, documents seen before cached (ms)')
console.log(
  table([
    ['criterion', 'p50', 'p95'],
    ...turnCriteria.map((criterion) => {
      const times = [...dialogues, ...xsum, ...cnndm]
        .flatMap((each) => each.durations.get(criterion) ?? [])
        .sort((a, b) => a - b)
      return [criterion, at(times, 0.5), at(times, 0.95)]
    }),
  ]),
)

function dialogueRow(all: Judged[], score: string, rating: string, published: string): string[] {
  const machine = all.filter(machineOnly)
  const figures = [all, machine].flatMap((some) => {
    const points = pointsOf(some, score, rating)
    return [meanWithinGroups(points, spearman), meanWithinGroups(points, kendall)]
  })
  const judged = `${pointsOf(all, score, rating).length}/${all.length}`
  return [score, rating, ...figures.map(format), judged, published]
}

function summaryRow(name: string, all: Judged[], published: string): string[] {
  const points = pointsOf(all, 'faithfulness', 'consistency')
  const levels = [1, 2, 3, 4, 5].map((level) => {
    const of = points.filter((point) => Math.round(point.score) === level)
    if (of.length === 0) return '– (0)'
    return `${format(of.reduce((sum, point) => sum + point.rating, 0) / of.length)} (${of.length})`
  })
  const [scores, ratings] = [points.map((point) => point.score), points.map((point) => point.rating)]
  return [
    name,
    format(spearman(scores, ratings)),
    format(kendall(scores, ratings)),
    `${points.length}/${all.length}`,
    published,
    levels.join('  '),
  ]
}

function pointsOf(all: Judged[], score: string, rating: string) {
  return all.flatMap((each) => {
    const [given, people] = [each.scores.get(score), each.ratings[rating]]
    return given === undefined || people === undefined
      ? []
      : [{ group: each.group, score: given, rating: people }]
  })
}

function at(sorted: number[], share: number): string {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]?.toFixed(1) ?? '–'
}

function format(value: number): string {
  return Number.isNaN(value) ? '–' : value.toFixed(2).replace(/^(-?)0\./u, '$1.')
}

function table(rows: string[][]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
