import type { Surface } from '../../components/painting.tsx'
import type { SpanKind } from '../../facade/span-kind.ts'
import type { SpanTree } from '../../facade/span-tree.ts'

const colourNames: Record<SpanKind, string> = {
  user_speech: '--span-user',
  end_of_utterance: '--span-eou',
  speech_to_text: '--span-stt',
  rag_retrieval: '--span-rag',
  llm_generation: '--span-llm',
  text_to_speech: '--span-tts',
  agent_speech: '--span-agent',
  group: '--span-other',
  other: '--span-other',
}

const lanes = 7
const padding = 6

/** Draws every span of a trace by depth, errors last so that none hides. */
export function paintOverview(
  { context, width, height, colour }: Surface,
  tree: SpanTree,
  lengthMs: number,
): void {
  const colours = Object.fromEntries(Object.entries(colourNames).map(([kind, name]) => [kind, colour(name)]))
  const deepest = Math.min(
    lanes - 1,
    tree.nodes.reduce((depth, node) => Math.max(depth, node.depth), 0),
  )
  const lane = Math.min(11, (height - 2 * padding) / (deepest + 1))
  const top = (height - lane * (deepest + 1)) / 2
  const draw = (node: SpanTree['nodes'][number], colour: string) => {
    const endMs = node.endMs ?? lengthMs
    const left = (node.startMs / lengthMs) * width
    const length = Math.max(1, ((endMs - node.startMs) / lengthMs) * width - 0.5)
    context.fillStyle = colour
    context.fillRect(left, top + Math.min(node.depth, deepest) * lane, length, Math.max(2, lane - 2))
  }
  for (const node of tree.nodes) draw(node, colours[node.kind] ?? '')
  const alert = colour('--alert')
  for (const node of tree.nodes) if (node.isError) draw(node, alert)
}
