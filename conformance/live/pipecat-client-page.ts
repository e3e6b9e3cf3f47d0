import { PipecatClient, RTVIEvent } from '@pipecat-ai/client-js'
import { SmallWebRTCTransport, WavMediaManager } from '@pipecat-ai/small-webrtc-transport'

/** What a test may do with Pipecat's client in a page; `window.pipecat`. */
const transport = new SmallWebRTCTransport({ mediaManager: new WavMediaManager() })
const client = new PipecatClient({
  transport,
  enableMic: true,
  enableCam: false,
})
const events: { name: string; data: unknown }[] = []
for (const name of [
  RTVIEvent.Connected,
  RTVIEvent.Disconnected,
  RTVIEvent.BotReady,
  RTVIEvent.BotDisconnected,
  RTVIEvent.ServerMessage,
  RTVIEvent.UserTranscript,
  RTVIEvent.BotStartedSpeaking,
  RTVIEvent.TrackStarted,
]) {
  client.on(name, (data: unknown) =>
    events.push({ name, data: data instanceof MediaStreamTrack ? data.kind : data }),
  )
}

/** The client's own way back after a loss of the network, without waiting for one. */
async function reconnect(recreate: boolean): Promise<void> {
  await Reflect.get(transport, 'attemptReconnection').call(transport, recreate)
}

/** The loudest sample heard of the bot within `ms`, 0 to 1. */
async function loudest(ms: number): Promise<number> {
  // A client that has made a new connection forgets its track when that of the connection before ends.
  const connection: unknown = Reflect.get(transport, 'pc')
  if (!(connection instanceof RTCPeerConnection)) return 0
  const track = connection.getReceivers().find((receiver) => receiver.track.kind === 'audio')?.track
  if (!track) return 0
  const context = new AudioContext()
  const stream = new MediaStream([track])
  const element = new Audio()
  element.srcObject = stream
  element.muted = true
  await element.play()
  const analyser = context.createAnalyser()
  context.createMediaStreamSource(stream).connect(analyser)
  const samples = new Float32Array(analyser.fftSize)
  let peak = 0
  for (let waited = 0; waited < ms; waited += 20) {
    await new Promise((resolve) => setTimeout(resolve, 20))
    analyser.getFloatTimeDomainData(samples)
    for (const sample of samples) peak = Math.max(peak, Math.abs(sample))
  }
  await context.close()
  return peak
}

const pipecat = {
  events,
  connect: (endpoint: string, requestData: object) =>
    client.connect({ webrtcRequestParams: { endpoint, requestData } }),
  state: () => client.state,
  sendText: (text: string) => client.sendText(text),
  enableMic: (enable: boolean) => client.enableMic(enable),
  reconnect,
  disconnect: () => client.disconnect(),
  disconnectBot: () => client.disconnectBot(),
  loudest,
}
Object.assign(globalThis, { pipecat })
