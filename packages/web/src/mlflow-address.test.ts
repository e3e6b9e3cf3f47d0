import { expect, test } from 'vitest'
import { addressOfMlflow } from './mlflow-address.ts'

test("addresses of MLflow's web app lead to the same thing", () => {
  expect(addressOfMlflow('/experiments')).toBe('/experiments')
  expect(addressOfMlflow('/experiments/6')).toBe('/experiments/6')
  expect(addressOfMlflow('/experiments/6/runs/c5ea62')).toBe('/runs/c5ea62')
  expect(addressOfMlflow('/experiments/6/runs')).toBe('/experiments/6/runs')
  expect(addressOfMlflow('/experiments/6/overview')).toBe('/experiments/6/dashboard')
  expect(addressOfMlflow('/experiments/6/traces?selectedEvaluationId=tr-4b58')).toBe('/traces/tr-4b58')
  expect(addressOfMlflow('/experiments/6/judges')).toBe('/experiments/6')
})

test('other marks in an address are no addresses', () => {
  expect(addressOfMlflow('')).toBeNull()
  expect(addressOfMlflow('top')).toBeNull()
})
