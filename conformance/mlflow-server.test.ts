/**
 * MLflow's own server and ours get the same requests, one after the other, and must answer alike: status, code, message,
 * field names and values. What ours means to do otherwise is not asked here, but listed in
 * `docs/reference/compatibility.md`.
 */

import { startTrackingServer, type TrackingServer } from '@voxtrace/server/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { questions } from './mlflow-server/questions.ts'
import { Side } from './mlflow-server/side.ts'
import { type MlflowServer, startMlflow } from './mlflow-server/start-mlflow.ts'

const python = process.env.VOXTRACE_PYTHON

describe.skipIf(python === undefined)(
  'the same requests are answered as by MLflow\u2019s own server (needs VOXTRACE_PYTHON, a Python with mlflow installed)',
  { shuffle: false },
  () => {
    let real: MlflowServer
    let ours: TrackingServer
    let realSide: Side
    let ourSide: Side
    beforeAll(async () => {
      ;[real, ours] = await Promise.all([startMlflow(python ?? ''), startTrackingServer()])
      realSide = new Side(real.url)
      ourSide = new Side(ours.url)
    })
    afterAll(async () => {
      await Promise.all([real?.stop(), ours?.stop()])
    })

    test.each(Object.keys(questions))('%s', async (area) => {
      for (const question of questions[area] ?? []) {
        const [our, their] = [await ourSide.ask(question), await realSide.ask(question)]
        expect.soft({ question, answer: our }).toEqual({ question, answer: their })
      }
    })
  },
)
