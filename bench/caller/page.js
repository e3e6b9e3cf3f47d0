/**
 * A caller in a page: clips played into an outgoing track instead of a microphone, everything recorded on the clock of
 * one AudioContext. `offer(sdp)`, `candidates(list)` and `message(atMs, text)` are given by the program that opened the page.
 */
const RATE = 48_000
/** How often Chromium asks for sound: each time has a cost, and several callers share the machine with the bot. */
const RENDER_SECONDS = 0.01

const stretches = []
const lastAudible = { sent: -Infinity, received: -Infinity }
let audio
let outgoing
let connection
let channel
let restarts = false
const playing = new Set()
/** What waits for the sound to change; looked at with each stretch of it. */
const watching = new Set()

window.connect = async ({ jitterBufferTargetMs }) => {
  audio ??= await openAudio()
  const microphone = audio.createMediaStreamDestination()
  outgoing = audio.createGain()
  outgoing.connect(microphone)
  outgoing.connect(window.recorder, 0, 0)
  roomNoise().connect(microphone)
  await openConnection(microphone.stream, jitterBufferTargetMs)
}

async function openAudio() {
  const context = new AudioContext({ sampleRate: RATE, latencyHint: RENDER_SECONDS })
  // By way of a blob, because the program that serves this page cannot answer requests of worklets.
  const recorder = URL.createObjectURL(await (await fetch('/recorder.js')).blob())
  await context.audioWorklet.addModule(recorder)
  await context.resume()
  window.recorder = new AudioWorkletNode(context, 'recorder', {
    numberOfInputs: 2,
    numberOfOutputs: 0,
    channelCount: 1,
    channelCountMode: 'explicit',
  })
  window.recorder.port.onmessage = ({ data }) => {
    stretches.push(data)
    for (const side of ['sent', 'received'])
      if (data.lastAudible[side] >= 0) lastAudible[side] = (data.lastAudible[side] / RATE) * 1000
    for (const look of [...watching]) look()
  }
  return context
}

/** A room is never silent, and Chromium sends no packets at all of a track that is. About -75 dBFS. */
function roomNoise() {
  const buffer = audio.createBuffer(1, RATE, RATE)
  buffer.getChannelData(0).forEach((_, i, samples) => {
    samples[i] = (Math.random() - 0.5) * 0.0006
  })
  const noise = audio.createBufferSource()
  noise.buffer = buffer
  noise.loop = true
  noise.start()
  return noise
}

async function openConnection(stream, jitterBufferTargetMs) {
  const former = connection
  connection = new RTCPeerConnection()
  channel = connection.createDataChannel('chat', { ordered: true })
  const open = new Promise((resolve) => {
    channel.onopen = resolve
  })
  channel.onmessage = ({ data }) => window.message(now(), String(data))
  const pings = setInterval(() => {
    if (channel.readyState === 'open') channel.send(`ping: ${Date.now()}`)
  }, 1000)
  channel.onclose = () => {
    clearInterval(pings)
    window.message(now(), JSON.stringify({ type: 'channel-closed' }))
  }
  const heard = new Promise((resolve) => {
    connection.ontrack = ({ track, receiver }) => {
      if (jitterBufferTargetMs !== null) receiver.jitterBufferTarget = jitterBufferTargetMs
      const remote = new MediaStream([track])
      // Chromium decodes a remote track only while an element plays it.
      const element = new Audio()
      element.srcObject = remote
      element.muted = true
      element.play()
      audio.createMediaStreamSource(remote).connect(window.recorder, 0, 1)
      resolve()
    }
  })
  const found = []
  let answered = false
  connection.onicecandidate = ({ candidate }) => {
    if (!candidate) return
    found.push({
      candidate: candidate.candidate,
      sdp_mid: candidate.sdpMid,
      sdp_mline_index: candidate.sdpMLineIndex,
    })
    if (answered) window.candidates(found.splice(0))
  }
  connection.addTrack(stream.getAudioTracks()[0], stream)
  await connection.setLocalDescription(await connection.createOffer())
  await connection.setRemoteDescription(await window.offer(connection.localDescription.sdp, restarts))
  former?.close()
  restarts = true
  answered = true
  if (found.length > 0) window.candidates(found.splice(0))
  await Promise.all([open, heard])
}

/** Plays samples (base64 of little-endian 16-bit PCM at `rate`) as the microphone; resolves when the last one is sent. */
window.say = async ({ pcm, rate, delayMs }) => {
  const samples = int16(pcm)
  const buffer = audio.createBuffer(1, samples.length, rate)
  buffer.getChannelData(0).set(Float32Array.from(samples, (sample) => sample / 32768))
  const source = audio.createBufferSource()
  source.buffer = buffer
  source.connect(outgoing)
  const startMs = now() + Math.max(delayMs, 20)
  playing.add(source)
  await new Promise((resolve) => {
    source.onended = resolve
    source.start(startMs / 1000)
  })
  playing.delete(source)
  return { startMs, endMs: startMs + (samples.length / rate) * 1000 }
}

window.stopSaying = () => {
  for (const source of playing) source.stop()
}

window.clock = () => ({ nowMs: now(), lastSentMs: lastAudible.sent, lastReceivedMs: lastAudible.received })

/** Resolves with the instant at which the agent is heard after `sinceMs`; null when it is not within `timeoutMs`. */
window.waitForSpeech = ({ sinceMs, timeoutMs }) =>
  waitUntil(() => lastAudible.received > sinceMs && lastAudible.received, timeoutMs)

/** Resolves with the present instant once the agent has not been heard for `forMs`; null when it does not stop within `timeoutMs`. */
window.waitForSilence = ({ forMs, timeoutMs }) =>
  waitUntil(() => now() - lastAudible.received >= forMs && now(), timeoutMs)

function waitUntil(probe, timeoutMs) {
  const end = performance.now() + timeoutMs
  return new Promise((resolve) => {
    const look = () => {
      const found = probe()
      if (found === false && performance.now() < end) return
      watching.delete(look)
      resolve(found === false ? null : found)
    }
    watching.add(look)
    look()
  })
}

window.send = (text) => channel.send(text)

/** What was recorded since the last call, as base64 of 16-bit PCM at 48 kHz, and the frame at which it begins. */
window.takeRecording = () => {
  const taken = stretches.splice(0)
  const side = (name) => base64(taken.map((stretch) => new Uint8Array(stretch[name].buffer)))
  return { first: taken[0]?.first ?? 0, sent: side('sent'), received: side('received') }
}

window.stats = async () => [...(await connection.getStats()).values()]

window.hangUp = () => {
  channel?.close()
  connection?.close()
}

function now() {
  return audio.currentTime * 1000
}

function int16(base64Text) {
  const bytes = Uint8Array.from(atob(base64Text), (character) => character.charCodeAt(0))
  return new Int16Array(bytes.buffer)
}

function base64(parts) {
  let text = ''
  for (const part of parts) text += String.fromCharCode(...part)
  return btoa(text)
}

window.sdp = () => connection.remoteDescription.sdp
