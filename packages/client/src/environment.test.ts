import { describe, expect, it } from 'vitest'
import { destinationOf } from './destination.ts'
import { optionsFromEnvironment } from './environment.ts'
import type { ClientOptions } from './options.ts'

const destination = (environment: Record<string, string>, options: ClientOptions = {}) =>
  destinationOf(optionsFromEnvironment(environment, options))

describe('what is not given', () => {
  it('is taken from the variables that MLflow reads', () => {
    const environment = { MLFLOW_TRACKING_URI: 'http://mlflow:5000/', MLFLOW_EXPERIMENT_ID: '7' }
    expect(destination(environment).url.href).toBe('http://mlflow:5000/')
    expect(optionsFromEnvironment(environment, {}).experimentId).toBe('7')
    expect(optionsFromEnvironment(environment, { experimentName: 'mine' }).experimentId).toBeUndefined()
  })

  it('is an OTLP endpoint where no tracking server is named, with its own headers', () => {
    const otlp = {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318',
      OTEL_EXPORTER_OTLP_HEADERS: 'api-key=a%20b',
    }
    expect(destination(otlp)).toMatchObject({ kind: 'otlp', headers: { 'api-key': 'a b' } })
    expect(destination({ ...otlp, MLFLOW_TRACKING_URI: 'http://mlflow:5000' }).kind).toBe('tracking')
  })
})

describe('access to a tracking server', () => {
  const environment = {
    MLFLOW_TRACKING_USERNAME: 'ada',
    MLFLOW_TRACKING_PASSWORD: 'é',
    MLFLOW_WORKSPACE: 'w',
  }

  it('is a name and a password, or a token, by variables or options', () => {
    const basic = `Basic ${Buffer.from('ada:é').toString('base64')}`
    expect(destination(environment).headers).toEqual({ authorization: basic, 'x-mlflow-workspace': 'w' })
    const trackingServerToken = 't'
    expect(destination({}, { trackingServerToken }).headers).toEqual({ authorization: 'Bearer t' })
    const options = { trackingServerUsername: 'ada', trackingServerPassword: 'é', trackingServerToken }
    expect(destination({}, options).headers).toEqual({ authorization: basic })
    expect(destination(environment, { headers: { authorization: 'mine' } }).headers.authorization).toBe(
      'mine',
    )
  })

  it('is told to nobody else', () => {
    const otlp = { url: 'http://collector:4318/v1/traces' }
    expect(destination(environment, { otlp }).headers).toEqual({})
  })
})
