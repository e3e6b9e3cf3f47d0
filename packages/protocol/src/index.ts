export * from './live.ts'
export * from './span-json.ts'
