import { VoxtraceError } from '@voxtrace/model'
import { mlflow } from '@voxtrace/protocol'
import type { Store } from '@voxtrace/store'
import type { FastifyInstance } from 'fastify'
import { jsonOf } from '../../bodies.ts'
import { checkLength, checkModelTag, limits } from './limits.ts'
import { searchOptions } from './search-options.ts'

/** MLflow's registered models, which are models and prompts. */
export function registeredModelRoutes(app: FastifyInstance, base: string, { store }: { store: Store }): void {
  const models = store.registeredModels
  const path = `${base}/registered-models`

  app.post(`${path}/create`, async (request) => {
    const model = mlflow.readRequest(mlflow.createRegisteredModel, jsonOf(request))
    checkModelName(model.name)
    for (const [key, value] of Object.entries(model.tags)) checkModelTag(key, value)
    return { registered_model: mlflow.registeredModelMessage(await models.create(model)) }
  })

  app.get(`${path}/get`, async (request) => {
    const { name } = mlflow.readRequest(mlflow.registeredModel, request.query)
    checkModelName(name)
    return { registered_model: mlflow.registeredModelMessage(await models.get(name)) }
  })

  app.get(`${path}/search`, async (request) => {
    const search = mlflow.readRequest(mlflow.searchRegisteredModels, request.query)
    const page = await models.search(searchOptions(search))
    return {
      registered_models: page.items.map(mlflow.registeredModelMessage),
      ...(page.nextPageToken === null ? {} : { next_page_token: page.nextPageToken }),
    }
  })

  app.patch(`${path}/update`, async (request) => {
    const { name, description } = mlflow.readRequest(mlflow.updateRegisteredModel, jsonOf(request))
    return { registered_model: mlflow.registeredModelMessage(await models.describe(name, description)) }
  })

  app.post(`${path}/rename`, async (request) => {
    const { name, new_name } = mlflow.readRequest(mlflow.renameRegisteredModel, jsonOf(request))
    checkModelName(new_name)
    return { registered_model: mlflow.registeredModelMessage(await models.rename(name, new_name)) }
  })

  app.delete(`${path}/delete`, async (request) => {
    await models.delete(mlflow.readRequest(mlflow.registeredModel, jsonOf(request)).name)
    return {}
  })

  app.route({
    method: ['GET', 'POST'],
    url: `${path}/get-latest-versions`,
    handler: async (request) => {
      const { name, stages } = mlflow.readRequest(mlflow.latestVersions, jsonOf(request))
      await models.get(name)
      const versions = await store.modelVersions.latest(name, stages)
      return { model_versions: versions.map(mlflow.modelVersionMessage) }
    },
  })

  app.post(`${path}/set-tag`, async (request) => {
    const { name, key, value } = mlflow.readRequest(mlflow.registeredModelTag, jsonOf(request))
    checkModelTag(key, value)
    await models.setTag(name, key, value)
    return {}
  })

  app.delete(`${path}/delete-tag`, async (request) => {
    const { name, key } = mlflow.readRequest(mlflow.registeredModelTag, jsonOf(request))
    await models.deleteTag(name, key)
    return {}
  })

  app.post(`${path}/alias`, async (request) => {
    const { name, alias, version } = mlflow.readRequest(mlflow.setRegisteredModelAlias, jsonOf(request))
    checkAlias(alias)
    await store.modelVersions.get(name, version)
    await models.setAlias(name, alias, version)
    return {}
  })

  app.get(`${path}/alias`, async (request) => {
    const { name, alias } = mlflow.readRequest(mlflow.registeredModelAlias, request.query)
    return { model_version: mlflow.modelVersionMessage(await store.modelVersions.byAlias(name, alias)) }
  })

  app.delete(`${path}/alias`, async (request) => {
    const { name, alias } = mlflow.readRequest(mlflow.registeredModelAlias, jsonOf(request))
    await models.deleteAlias(name, alias)
    return {}
  })
}

function checkModelName(name: string): void {
  if (name.trim() === '') throw mlflow.missingParameter('name')
  if (/[/:]/.test(name)) {
    throw new VoxtraceError(
      'INVALID_PARAMETER_VALUE',
      `Invalid model name '${name}'. Names cannot contain '/' or ':'.`,
    )
  }
  checkLength('Registered model name', name, limits.modelName)
}

function checkAlias(alias: string): void {
  const refused = (reason: string) => new VoxtraceError('INVALID_PARAMETER_VALUE', reason)
  if (!/^[\w-]+$/.test(alias)) {
    throw refused(
      `Invalid alias name: '${alias}'. Names may only contain alphanumerics, underscores (_), and dashes (-).`,
    )
  }
  checkLength('Registered model alias name', alias, limits.modelAlias)
  if (alias.toLowerCase() === 'latest') {
    throw refused("'latest' alias name (case insensitive) is reserved.")
  }
  if (/^[vV]\d+$/.test(alias)) throw refused(`Version alias name '${alias}' is reserved.`)
}
