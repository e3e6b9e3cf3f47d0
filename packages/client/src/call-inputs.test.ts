import { expect, it } from 'vitest'
import { callInputs } from './call-inputs.ts'

const inputs = (fn: object, ...args: unknown[]) => callInputs(fn)(args)

class Service {
  async greet(name: string, punctuation = '!'): Promise<string> {
    return name + punctuation
  }
}

it.each<[string, object, unknown[], unknown]>([
  ['an arrow function', (a: number, b: number) => a + b, [1, 2], { a: 1, b: 2 }],
  // biome-ignore format: the form without brackets is what is tested
  ['one without brackets', Function('return value => value')(), [1], { value: 1 }],
  ['an asynchronous one', async (a: string) => a, ['x'], { a: 'x' }],
  [
    'a function with defaults',
    function speak(text: string, options = { loud: [true, false], of: () => text }) {
      return options
    },
    ['hello', null],
    { text: 'hello', options: null },
  ],
  ['a method', Service.prototype.greet, ['Ada'], { name: 'Ada' }],
  [
    'a parameter that is taken apart, beside one with a name',
    (a: number, { b }: { b: number }, [c]: number[]) => [a, b, c],
    [1, { b: 2 }, [3]],
    { a: 1, arg1: { b: 2 }, arg2: [3] },
  ],
  ['more arguments than parameters', (a: number) => a, [1, 2], { a: 1, arg1: 2 }],
  ['one that is taken apart alone', ({ b }: { b: number }) => b, [{ b: 2 }], { args: [{ b: 2 }] }],
  ['all arguments in one', (...all: number[]) => all, [1, 2], { args: [1, 2] }],
  ['a function of the engine', Math.max, [1, 2], { args: [1, 2] }],
  ['no arguments', () => 1, [], {}],
])('names the arguments of %s', (_, fn, args, expected) => {
  expect(inputs(fn, ...args)).toEqual(expected)
})
