import { VoxtraceError } from '@voxtrace/model'
import { mlflow } from '@voxtrace/protocol'
import type { Store } from '@voxtrace/store'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { ArtifactStorage } from '../../artifacts/artifact-storage.ts'
import { jsonOf } from '../../bodies.ts'
import { proxiedFile, proxiedFiles } from './proxied-files.ts'
import { searchOptions } from './search-options.ts'
import { sendFile } from './send-file.ts'

const inPath = z.object({ model_id: z.string().min(1) })
const tagInPath = inPath.extend({ tag_key: z.string().min(1) })

/** MLflow's LoggedModels, without their metrics, which are kept with the run. */
export function loggedModelRoutes(
  app: FastifyInstance,
  base: string,
  { store, artifacts }: { store: Store; artifacts: ArtifactStorage },
): void {
  const models = store.loggedModels
  const path = `${base}/logged-models`
  const idOf = (request: { params: unknown }) => mlflow.readRequest(inPath, request.params).model_id

  app.post(path, async (request) => {
    const model = mlflow.readRequest(mlflow.createLoggedModel, jsonOf(request))
    checkName(model.name)
    const created = await models.create({
      experimentId: model.experiment_id,
      name: model.name,
      modelType: model.model_type,
      sourceRunId: model.source_run_id,
      params: model.params,
      tags: model.tags,
    })
    return { model: mlflow.loggedModelMessage(created) }
  })

  app.post(`${path}/search`, async (request) => {
    const search = mlflow.readRequest(mlflow.searchLoggedModels, jsonOf(request))
    const page = await models.search({ ...searchOptions(search), experimentIds: search.experiment_ids })
    return {
      models: page.items.map(mlflow.loggedModelMessage),
      ...(page.nextPageToken === null ? {} : { next_page_token: page.nextPageToken }),
    }
  })

  const one = `${path}/:model_id`

  app.get(one, async (request) => {
    const { allow_deleted } = mlflow.readRequest(mlflow.getLoggedModel, request.query)
    return {
      model: mlflow.loggedModelMessage(await models.get(idOf(request), { evenDeleted: allow_deleted })),
    }
  })

  app.patch(one, async (request) => {
    const { status } = mlflow.readRequest(mlflow.finalizeLoggedModel, jsonOf(request))
    return { model: mlflow.loggedModelMessage(await models.finalize(idOf(request), status)) }
  })

  app.delete(one, async (request) => {
    await models.delete(idOf(request))
    return {}
  })

  app.post(`${one}/params`, async (request) => {
    const { params } = mlflow.readRequest(mlflow.loggedModelParams, jsonOf(request))
    await models.logParams(idOf(request), params)
    return {}
  })

  app.patch(`${one}/tags`, async (request) => {
    const { tags } = mlflow.readRequest(mlflow.loggedModelTags, jsonOf(request))
    return { model: mlflow.loggedModelMessage(await models.setTags(idOf(request), tags)) }
  })

  app.delete(`${one}/tags/:tag_key`, async (request) => {
    const { model_id, tag_key } = mlflow.readRequest(tagInPath, request.params)
    await models.deleteTag(model_id, tag_key)
    return {}
  })

  app.get(`${one}/artifacts/files`, async (request, reply) => {
    const { artifact_file_path: file } = mlflow.readRequest(mlflow.loggedModelFile, request.query)
    const { artifactUri } = await models.get(idOf(request))
    return sendFile(artifacts, proxiedFile(artifactUri, file), reply)
  })

  app.get(`${one}/artifacts/directories`, async (request) => {
    const query = mlflow.readRequest(mlflow.loggedModelFiles, request.query)
    const { artifactUri } = await models.get(idOf(request))
    return {
      root_uri: artifactUri,
      files: await proxiedFiles(artifacts, artifactUri, query.artifact_directory_path),
    }
  })
}

/** A name that is not given is made up. */
function checkName(name: string): void {
  if (!/[/:.%"']/.test(name)) return
  throw new VoxtraceError(
    'INVALID_PARAMETER_VALUE',
    `Invalid model name ('${name}') provided. Model name must be a non-empty string and cannot contain the following characters: ('/', ':', '.', '%', '"', "'")`,
  )
}
