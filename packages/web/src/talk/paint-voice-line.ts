import { latencyParts } from '@voxtrace/model'
import { latencyPartColours } from '../facade/latency.ts'
import type { VoiceHistory, VoiceSample, VoiceWait } from './voice-history.ts'

export interface LineMoment {
  /** Now, on the clock of `performance.now()`. */
  nowMs: number
  mode: 'resting' | 'listening' | 'thinking' | 'speaking'
  /** 0 draws time to scale, 1 magnifies the wait that lasts. */
  lens: number
  /** The middle wait of this call, in milliseconds. */
  usualMs: number | null
  /** The history is made up, to show what there will be to see. */
  isExample: boolean
}

interface Geometry {
  width: number
  height: number
  /** Where the line lies. */
  base: number
  /** Where now is. */
  nowX: number
  small: boolean
  up: number
  down: number
  /** Where a moment is drawn. */
  xOf(atMs: number): number
  left: number
}

const pixelsPerSecond = { small: 26, large: 46 }
const lensPerSecond = { small: 118, large: 250 }
/** Root mean square of a loud voice, which fills its side. */
const loud = 0.34

/** The colours of the line, read anew when the theme changes. */
export type LineColours = (name: string) => string

/** Draws the line: you above it, the agent below, the wait on it; history drifts left from now. */
export function paintVoiceLine(
  canvas: HTMLCanvasElement,
  history: VoiceHistory,
  moment: LineMoment,
  colour: LineColours,
): void {
  const context = canvas.getContext('2d')
  const { clientWidth: width, clientHeight: height } = canvas
  if (!context || width === 0) return
  const scale = devicePixelRatio
  if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
    canvas.width = Math.round(width * scale)
    canvas.height = Math.round(height * scale)
  }
  context.setTransform(scale, 0, 0, scale, 0, 0)
  context.clearRect(0, 0, width, height)
  const geometry = geometryOf(width, height, history.openWait, moment)
  paintGlow(context, geometry, moment, colour)
  paintScale(context, geometry, moment, colour)
  paintBars(context, geometry, history.samples, 'user', colour('--span-user'))
  paintBars(context, geometry, history.samples, 'agent', colour('--span-agent'))
  for (const wait of history.waits) paintWait(context, geometry, wait, moment, colour)
  if (moment.isExample) paintExample(context, geometry, colour)
  paintFade(context, geometry, colour('--surface'))
  paintNow(context, geometry, history.openWait, moment, colour)
}

function geometryOf(width: number, height: number, wait: VoiceWait | null, moment: LineMoment): Geometry {
  const small = width < 641
  const nowX = Math.round(width * (small ? 0.6 : 0.64))
  const base = Math.round(height * (small ? (moment.mode === 'resting' ? 0.8 : 0.64) : 0.6))
  const perMs = (small ? pixelsPerSecond.small : pixelsPerSecond.large) / 1000
  const plain = (atMs: number) => nowX - (moment.nowMs - atMs) * perMs
  const lensOf = (startMs: number) => {
    const room = (width - nowX - 60) / Math.max(1, moment.nowMs - startMs)
    return Math.min((small ? lensPerSecond.small : lensPerSecond.large) / 1000, room)
  }
  const xOf = (atMs: number) => {
    if (!wait || moment.lens === 0) return plain(atMs)
    const sinceMs = atMs - wait.startMs
    const magnified = nowX + sinceMs * (sinceMs <= 0 ? perMs : lensOf(wait.startMs))
    return plain(atMs) + (magnified - plain(atMs)) * moment.lens
  }
  return {
    width,
    height,
    base,
    nowX,
    small,
    up: small ? Math.min(base - 96, 90) : base - 130,
    down: Math.max(12, height - base - (small ? 24 : 36)),
    xOf,
    left: Math.max(16, width / 2 - 620),
  }
}

function paintGlow(
  context: CanvasRenderingContext2D,
  { base, nowX, width, height, small }: Geometry,
  { mode }: LineMoment,
  colour: LineColours,
): void {
  if (mode !== 'listening' && mode !== 'speaking') return
  const name = mode === 'speaking' ? '--span-agent' : '--span-user'
  const glow = context.createRadialGradient(nowX, base, 0, nowX, base, small ? 190 : 360)
  glow.addColorStop(0, colour(name))
  glow.addColorStop(1, transparentOf(colour(name)))
  context.globalAlpha = 0.1
  context.fillStyle = glow
  if (mode === 'speaking') context.fillRect(0, base, width, height - base)
  else context.fillRect(0, 0, width, base)
  context.globalAlpha = 1
}

function paintScale(
  context: CanvasRenderingContext2D,
  geometry: Geometry,
  moment: LineMoment,
  colour: LineColours,
): void {
  const { base, nowX, width, height, xOf, small } = geometry
  context.fillStyle = colour('--line-strong')
  context.fillRect(0, base - 0.5, nowX, 1)
  const pxPerSecond = small ? pixelsPerSecond.small : pixelsPerSecond.large
  if (moment.lens < 0.5)
    for (let x = nowX + pxPerSecond; x < width; x += pxPerSecond) dot(context, x, base, 1)
  context.font = '500 10.5px "Vox Sans", sans-serif'
  context.textAlign = 'center'
  for (let seconds = 1; seconds < 60; seconds++) {
    const x = xOf(moment.nowMs - seconds * 1000)
    if (x < 0) break
    context.fillStyle = colour('--line-strong')
    context.fillRect(x, base - 3, 1, 6)
    if (seconds % 5 !== 0 || moment.mode === 'resting') continue
    context.fillStyle = colour('--text-3')
    context.fillText(`${seconds} s ago`, x, height - 12)
  }
}

function paintBars(
  context: CanvasRenderingContext2D,
  geometry: Geometry,
  samples: readonly VoiceSample[],
  side: 'user' | 'agent',
  colour: string,
): void {
  const { base, xOf, small } = geometry
  const direction = side === 'user' ? -1 : 1
  const reach = (side === 'user' ? geometry.up : geometry.down) * 0.92
  const path = new Path2D()
  const echo = new Path2D()
  // Two samples make a bar, so that bars stand apart.
  for (let index = samples.length - 2; index >= 0; index -= 2) {
    const first = samples[index]
    const second = samples[index + 1]
    if (!first || !second) continue
    const x = xOf(first.atMs)
    if (x < 0) break
    const level = Math.max(first[side], second[side])
    if (level < 0.004) continue
    const height = Math.max(1.2, Math.min(1, (level / loud) ** 0.62) * reach)
    path.moveTo(x, base + direction * 5)
    path.lineTo(x, base + direction * (5 + height))
    echo.moveTo(x, base - direction * 5)
    echo.lineTo(x, base - direction * (5 + height * 0.2))
  }
  context.strokeStyle = colour
  context.lineWidth = small ? 1.5 : 1.9
  context.lineCap = 'round'
  context.stroke(path)
  context.globalAlpha = 0.2
  context.stroke(echo)
  context.globalAlpha = 1
}

function paintWait(
  context: CanvasRenderingContext2D,
  geometry: Geometry,
  wait: VoiceWait,
  moment: LineMoment,
  colour: LineColours,
): void {
  const { base, xOf, small } = geometry
  const open = wait.endMs === null
  const height = open ? 6 + (small ? 6 : 10) * moment.lens : 6
  const from = xOf(wait.startMs)
  const to = xOf(wait.endMs ?? moment.nowMs)
  if (to < 0) return
  const parts = wait.latency?.parts
  if (open || !parts || Object.keys(parts).length === 0) {
    hatch(context, from, base - height / 2, to - from, height, colour)
    return
  }
  const known = latencyParts.flatMap((part) => (parts[part] ? [{ part, ms: parts[part] }] : []))
  const total = known.reduce((sum, { ms }) => sum + ms, 0)
  let x = from
  for (const { part, ms } of known) {
    const length = ((to - from) * ms) / total
    if (part === 'end_of_utterance') hatch(context, x, base - height / 2, length - 0.5, height, colour)
    else {
      context.fillStyle = colour(latencyPartColours[part])
      context.fillRect(x, base - height / 2, Math.max(0.8, length - 0.5), height)
    }
    x += length
  }
}

function hatch(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  width: number,
  height: number,
  colour: LineColours,
): void {
  if (width <= 0) return
  context.save()
  context.beginPath()
  context.rect(x, y, width, height)
  context.clip()
  context.fillStyle = colour('--span-eou')
  context.globalAlpha = 0.26
  context.fillRect(x, y, width, height)
  context.globalAlpha = 1
  context.strokeStyle = colour('--span-eou')
  context.lineWidth = 1.3
  context.beginPath()
  for (let at = x - height; at < x + width; at += 4.5) {
    context.moveTo(at, y + height)
    context.lineTo(at + height, y)
  }
  context.stroke()
  context.restore()
}

/** History fades before it leaves. */
function paintFade(
  context: CanvasRenderingContext2D,
  { width, height, nowX, left }: Geometry,
  surface: string,
): void {
  const until = left + (nowX - left) * 0.5
  const fade = context.createLinearGradient(0, 0, until, 0)
  fade.addColorStop(0, surface)
  fade.addColorStop(Math.min(0.9, left / Math.max(until, 1)), surface)
  fade.addColorStop(1, transparentOf(surface))
  context.fillStyle = fade
  context.fillRect(0, 0, Math.min(until, width), height)
}

/** The same colour, unseen: fading to plain `transparent` passes through grey. */
function transparentOf(colour: string): string {
  return colour.replace(/^rgb\((.*)\)$/, 'rgba($1, 0)')
}

function paintNow(
  context: CanvasRenderingContext2D,
  geometry: Geometry,
  wait: VoiceWait | null,
  moment: LineMoment,
  colour: LineColours,
): void {
  const { base, width, small, nowX, xOf } = geometry
  const x = xOf(moment.nowMs)
  if (wait && moment.lens > 0.5) paintExpectation(context, geometry, wait, moment, colour, x)
  const names = {
    resting: '--text-3',
    listening: '--span-user',
    thinking: '--text',
    speaking: '--span-agent',
  }
  const ink = colour(names[moment.mode])
  context.lineWidth = 2.5
  context.strokeStyle = ink
  context.fillStyle = colour('--surface')
  context.beginPath()
  if (moment.mode === 'thinking') context.rect(x - 5, base - 5, 10, 10)
  else context.arc(x, base, small ? 5 : 6, 0, 2 * Math.PI)
  context.fill()
  context.stroke()
  if (moment.mode === 'listening' || moment.mode === 'speaking') {
    const up = moment.mode === 'listening'
    context.lineWidth = 1.3
    for (const [index, alpha] of [0.55, 0.3, 0.14].entries()) {
      context.globalAlpha = alpha
      context.beginPath()
      context.arc(nowX, base, 12 + index * 7, up ? Math.PI : 0, up ? 2 * Math.PI : Math.PI)
      context.stroke()
    }
    context.globalAlpha = 1
  }
  if (small || moment.lens > 0.5) return
  context.font = '500 10.5px "Vox Sans", sans-serif'
  context.textAlign = 'right'
  const edge = width - geometry.left
  context.fillStyle = colour('--span-user-text')
  context.fillText('You', edge, base - 12)
  context.fillStyle = colour('--span-agent-text')
  context.fillText('Agent', edge, base + 21)
}

/** Where the answer usually begins. */
function paintExpectation(
  context: CanvasRenderingContext2D,
  { base, xOf, small }: Geometry,
  wait: VoiceWait,
  { usualMs }: LineMoment,
  colour: LineColours,
  nowX: number,
): void {
  const start = xOf(wait.startMs)
  context.fillStyle = colour('--text-3')
  context.font = '500 10.5px "Vox Sans", sans-serif'
  context.fillRect(start, base + 10, 1, small ? 22 : 34)
  context.textAlign = 'left'
  context.fillText(wait.isTyped ? 'you asked' : 'you stopped', start + 7, base + (small ? 32 : 43))
  if (usualMs === null) return
  const x = xOf(wait.startMs + usualMs)
  if (x > nowX + 12) {
    context.strokeStyle = colour('--line-strong')
    context.lineWidth = 1
    context.setLineDash([2, 4])
    context.beginPath()
    context.moveTo(nowX + 10, base)
    context.lineTo(x, base)
    context.stroke()
    context.setLineDash([])
  }
  context.fillRect(x, base - 11, 1.5, 22)
  context.textAlign = 'center'
  context.fillText(`usually ${Math.round(usualMs).toLocaleString('en-US')} ms`, x, base - 18)
}

/** Pales what is no real sound, and says so. */
function paintExample(context: CanvasRenderingContext2D, geometry: Geometry, colour: LineColours): void {
  const { height, nowX, base, small } = geometry
  context.globalAlpha = 0.6
  context.fillStyle = colour('--surface')
  context.fillRect(0, 0, nowX, height)
  context.globalAlpha = 1
  context.fillStyle = colour('--line-strong')
  context.fillRect(0, base - 0.5, nowX, 1)
  if (small) return
  context.font = '500 10.5px "Vox Sans", sans-serif'
  context.fillStyle = colour('--text-3')
  context.textAlign = 'right'
  context.fillText('an example: you above, the agent below, the wait on the line', nowX - 16, height - 14)
}

function dot(context: CanvasRenderingContext2D, x: number, y: number, radius: number): void {
  context.beginPath()
  context.arc(x, y, radius, 0, 2 * Math.PI)
  context.fill()
}
