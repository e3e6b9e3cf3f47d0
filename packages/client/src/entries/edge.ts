/** `@voxtrace/client/edge`: the client for runtimes that have `fetch` and not Node's API. */
import { edgePlatform } from '../edge-platform.ts'
import { providePlatform } from '../platform.ts'

providePlatform(edgePlatform)

export * from '../api.ts'
