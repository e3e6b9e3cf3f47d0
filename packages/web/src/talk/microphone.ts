/** Why there is no microphone. */
export type MicrophoneProblem = 'insecure' | 'denied' | 'absent' | 'busy' | 'failed'

export type MicrophoneOutcome = { stream: MediaStream } | { problem: MicrophoneProblem }

/** Asks for the microphone. Never throws: without one, a caller can still type. */
export async function openMicrophone(): Promise<MicrophoneOutcome> {
  if (!isSecureContext || !navigator.mediaDevices) return { problem: 'insecure' }
  try {
    const audio = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 }
    return { stream: await navigator.mediaDevices.getUserMedia({ audio }) }
  } catch (error) {
    return { problem: problemOf(error) }
  }
}

/** The names that browsers give to what can go wrong (W3C Media Capture, `getUserMedia`). */
export function problemOf(error: unknown): MicrophoneProblem {
  const name = error instanceof Error || error instanceof DOMException ? error.name : ''
  switch (name) {
    case 'NotAllowedError':
    case 'SecurityError':
      return 'denied'
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'absent'
    case 'NotReadableError':
    case 'AbortError':
      return 'busy'
    default:
      return 'failed'
  }
}

export interface ProblemWords {
  title: string
  advice: string
}

/** What a caller is told, and what to do. */
export const microphoneWords: Record<MicrophoneProblem | 'silent' | 'ended', ProblemWords> = {
  insecure: {
    title: 'No microphone on this address',
    advice:
      'Browsers give the microphone only to pages on https:// or localhost. Open this page on the machine itself at localhost, or put HTTPS before the server. You can type meanwhile.',
  },
  denied: {
    title: 'The microphone is blocked',
    advice:
      'Allow it for this page in the address bar of the browser, then try again. You can type meanwhile.',
  },
  absent: {
    title: 'No microphone was found',
    advice: 'Plug one in and try again. You can type meanwhile.',
  },
  busy: {
    title: 'The microphone is in use',
    advice: 'Another program holds it. Close that program and try again. You can type meanwhile.',
  },
  failed: { title: 'The microphone did not open', advice: 'Try again, or type your question.' },
  silent: {
    title: 'Nothing is heard from your microphone',
    advice: 'Is it the right one, and not muted on the device? You can type meanwhile.',
  },
  ended: {
    title: 'The microphone is gone',
    advice: 'It was unplugged or taken away. Try again to use another. You can type meanwhile.',
  },
}
