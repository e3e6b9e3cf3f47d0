export * from './filter/filter-node.ts'
export * from './live.ts'
export * from './span-json.ts'
