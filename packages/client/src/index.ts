import { nodePlatform } from './node-platform.ts'
import { providePlatform } from './platform.ts'

providePlatform(nodePlatform)

export * from './api.ts'
