export { type Bot, type BotModels, type BotOptions, type BotStatus, startBot } from './bot.ts'
export type { Endpoint } from './speech/openai/endpoint.ts'
export type { VoiceEndpoint } from './speech/openai/synthesizer.ts'
export { ensureSpeechWeights } from './speech/weights.ts'
