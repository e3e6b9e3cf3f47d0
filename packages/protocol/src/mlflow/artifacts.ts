import { z } from 'zod'
import { optionalText } from './request.ts'

export const artifactPath = z.object({ path: optionalText })
export const listArtifacts = z.object({
  run_id: optionalText,
  run_uuid: optionalText,
  path: optionalText,
  page_token: optionalText,
})
