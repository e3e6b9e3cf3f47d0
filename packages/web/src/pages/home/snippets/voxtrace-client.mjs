import { conversation, flushTraces, init } from '@voxtrace/client'

init({ trackingUri: 'http://127.0.0.1:5000', experimentName: 'my-agent' })

const call = conversation({ sessionId: 'session-1' })
const turn = call.turn({ userText: 'What time is it?' })
turn.end({ agentText: 'It is noon.', voiceToVoiceMs: 640 })
call.end()
await flushTraces()
