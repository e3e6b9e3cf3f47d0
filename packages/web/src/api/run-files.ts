import { queryOptions } from '@tanstack/react-query'
import * as z from 'zod/mini'
import { getJson } from './request.ts'
import { int64 } from './wire.ts'

/** A file of a run, or a folder of them. */
export interface RunFile {
  /** From the top of the run's files. */
  path: string
  isFolder: boolean
  bytes: number | null
}

const listAnswer = z.object({
  files: z.optional(
    z.array(z.object({ path: z.string(), is_dir: z.optional(z.boolean()), file_size: z.optional(int64) })),
  ),
})

/** What lies in a folder of a run's files; the top one has the path `''`. */
export function runFilesQuery(runId: string, folder: string) {
  return queryOptions({
    queryKey: ['run-files', runId, folder],
    queryFn: async ({ signal }): Promise<RunFile[]> => {
      const parameters = new URLSearchParams({ run_id: runId, ...(folder && { path: folder }) })
      const path = `/ajax-api/2.0/mlflow/artifacts/list?${parameters}`
      const { files = [] } = await getJson(path, listAnswer, signal)
      return files.map((file) => ({
        path: file.path,
        isFolder: file.is_dir === true,
        bytes: file.file_size ?? null,
      }))
    },
  })
}

/** Where a file of a run is fetched. */
export function runFileUrl(runId: string, path: string): string {
  return `/get-artifact?${new URLSearchParams({ run_uuid: runId, path })}`
}
