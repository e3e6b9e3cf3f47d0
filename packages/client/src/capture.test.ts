import { runInNewContext, runInThisContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { capture, messageOf } from './capture.ts'

const limit = 64 * 1024
const captured = (value: unknown, bytes = limit) => capture(value, bytes)

describe('capture', () => {
  it('copies what JSON can carry, as JSON would', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        expect(JSON.stringify(captured(value))).toBe(JSON.stringify(value))
      }),
    )
  })

  it('gives JSON for anything at all, and never throws', () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withNullPrototype: true,
      withSparseArray: true,
      withObjectString: true,
      withBoxedValues: true,
    })
    fc.assert(
      fc.property(anything, (value) => {
        const copy = captured(value)
        expect(JSON.parse(JSON.stringify(copy))).toEqual(copy)
      }),
    )
  })

  it('is not changed by what the caller does to the value afterwards', () => {
    fc.assert(
      fc.property(fc.object({ maxDepth: 4 }), (value) => {
        const copy = captured(value)
        const before = JSON.stringify(copy)
        destroy(value)
        expect(JSON.stringify(copy)).toBe(before)
      }),
    )
  })

  it('holds on to nothing that can change, whatever kind of value it is', () => {
    class Account {
      owner = { name: 'before' }
      #balance = 1
      get balance() {
        return this.#balance
      }
      close() {
        this.#balance = 0
        this.owner.name = 'after'
      }
    }
    const account = new Account()
    const shared = { text: 'before' }
    const value = {
      account,
      date: new Date(0),
      map: new Map([['key', { text: 'before' }]]),
      set: new Set([shared]),
      error: new Error('before'),
      bytes: new Uint8Array([1, 2]),
      list: [1, [2, { text: 'before' }], shared],
      absent: undefined,
      call: () => 'before',
      beside: { text: 'before', call: () => 'before', below: { text: 'before' } },
      ownJson: { text: 'before', toJSON: () => shared },
      '[symbol]': { [Symbol('key')]: shared, text: 'before' },
    }
    const copy = captured(value)
    const before = JSON.stringify(copy)
    account.close()
    value.date.setTime(1e12)
    value.map.set('key', { text: 'after' })
    value.set.add({ text: 'after' })
    value.error.message = 'after'
    value.bytes.fill(9)
    destroy(value)
    shared.text = 'after'
    expect(JSON.stringify(copy)).toBe(before)
    expect(before).not.toContain('after')
    expect(before).not.toContain('changed')
  })

  it.each([
    `new Map([['key', new Set([1, new Date(0)])]])`,
    `new (class Registry extends Map {})([['key', 1]])`,
    `[/a+/g, new ArrayBuffer(3), new Uint8Array(2), Promise.resolve(1)]`,
    `({ plain: { list: [1, { text: 'x' }] }, toJSON: undefined })`,
    `Object.create(null, { own: { value: 1, enumerable: true } })`,
  ])('takes what another realm made for what it is: %s', (code) => {
    const own: unknown = runInThisContext(code)
    expect(captured(runInNewContext(code))).toEqual(captured(own))
    expect(captured({ inside: runInNewContext(code) })).toEqual({ inside: captured(own) })
  })

  it('takes errors of another realm for errors', () => {
    const code = `class Refused extends TypeError { code = 'E1' }
      Object.assign(new Refused('bad', { cause: new Error('why') }), { name: 'Refused' })`
    const copy = captured(runInNewContext(code))
    expect(copy).toMatchObject({ name: 'Refused', message: 'bad', code: 'E1', cause: { message: 'why' } })
    expect(copy).toHaveProperty('stack')
    expect(messageOf(runInNewContext(`new RangeError('too far')`))).toBe('too far')
  })

  it('takes what looks like a map for one, as those of observing libraries do, and what cannot be read for nothing', () => {
    class Observed {
      readonly size = 1
      get [Symbol.toStringTag]() {
        return 'Map'
      }
      *[Symbol.iterator]() {
        yield ['key', { text: 'x' }]
      }
    }
    expect(captured(new Observed())).toEqual({ key: { text: 'x' } })
    for (const tag of ['Map', 'Set', 'Error', 'ArrayBuffer', 'Promise', 'RegExp']) {
      const copy = captured({ liar: { __proto__: { [Symbol.toStringTag]: tag }, own: 1 }, other: 2 })
      expect(copy).toMatchObject({ liar: expect.anything(), other: 2 })
    }
  })

  it('names what JSON has no word for', () => {
    expect(captured({ big: 12345678901234567890n, nan: Number.NaN, inf: -Infinity })).toEqual({
      big: '12345678901234567890',
      nan: 'NaN',
      inf: '-Infinity',
    })
    expect(
      captured({ at: new Date(0), map: new Map([['k', new Set([1])]]), bytes: new Uint8Array(3) }),
    ).toEqual({
      at: '1970-01-01T00:00:00.000Z',
      map: { k: [1] },
      bytes: '[Uint8Array: 3 bytes]',
    })
    expect(captured({ fn() {}, missing: undefined, symbol: Symbol('s') })).toEqual({ symbol: 'Symbol(s)' })
    expect(captured(new TypeError('bad', { cause: 'why' }))).toMatchObject({
      name: 'TypeError',
      message: 'bad',
      cause: 'why',
    })
  })

  it('says where a value goes in a circle, and keeps what is merely shared', () => {
    const shared = { name: 'shared' }
    const circle: Record<string, unknown> = { first: shared, second: shared }
    circle.self = circle
    expect(captured(circle)).toEqual({ first: shared, second: shared, self: '[circular]' })
  })

  it('reads around getters, proxies and toJSON that throw', () => {
    const trap = {
      good: 1,
      get bad() {
        throw new Error('no')
      },
    }
    expect(captured(trap)).toEqual({ good: 1, bad: '[unreadable: no]' })
    const proxy = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('hidden')
        },
      },
    )
    expect(captured({ proxy })).toEqual({ proxy: '[unreadable: hidden]' })
    const { proxy: revoked, revoke } = Proxy.revocable({}, {})
    revoke()
    expect(typeof captured(revoked)).toBe('string')
    expect(
      captured({
        toJSON() {
          throw new Error('nope')
        },
      }),
    ).toBe('[unreadable: nope]')
  })

  it('cuts what is too long and says how much is missing', () => {
    expect(captured('x'.repeat(1000), 500)).toMatch(/^x{492}… \[cut: 508 of 1000 characters\]$/)
    const list = captured(
      Array.from({ length: 1000 }, (_, index) => `item ${index}`),
      1000,
    )
    expect(Array.isArray(list) && list.at(-1)).toMatch(/^\[cut: \d+ of 1000 items\]$/)
    const object = captured(
      Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`k${index}`, 1])),
      1000,
    )
    expect(object).toHaveProperty('[cut]')
    expect(Object.keys(object ?? {}).length).toBeLessThan(100)
    const error = captured(Object.assign(new Error('first'), object, { late: { text: 'x' } }), 1000)
    expect(error).toMatchObject({ name: 'Error', message: 'first' })
    expect(error).toHaveProperty('[cut]')
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`k${index}`, { index }]))
    expect(captured(many)).toMatchObject({ k0: { index: 0 }, '[cut]': expect.stringMatching(/ of 5000 /) })
    expect(captured(new Map(Object.entries(many)))).toEqual(captured(many))
    let deep: unknown = 'bottom'
    for (let level = 0; level < 10_000; level++) deep = { deep }
    expect(JSON.stringify(captured(deep))).toContain('[cut: too deep]')
  })

  it('keeps within its limit, whatever the value', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 300 }), { maxLength: 300 }), (value) => {
        expect(JSON.stringify(captured(value, 2000)).length).toBeLessThan(8000)
      }),
    )
    const huge = Array.from({ length: 50 }, () => 'y'.repeat(4_000_000))
    expect(JSON.stringify(captured({ huge })).length).toBeLessThan(2 * limit)
  })

  it('does not let a key change the prototype of the copy', () => {
    const copy = captured(JSON.parse('{"__proto__": {"polluted": true}}'))
    expect(JSON.stringify(copy)).toBe('{"__proto__":{"polluted":true}}')
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
    const map = captured(new Map([['__proto__', { polluted: true }]]))
    expect(JSON.stringify(map)).toBe('{"__proto__":{"polluted":true}}')
    const many = Array.from({ length: 500 }, (_, index) => `"k${index}":[${index}]`).join()
    const wide = `{${many},"__proto__":{"polluted":true}}`
    expect(JSON.stringify(captured(JSON.parse(wide)))).toBe(wide)
  })
})

function destroy(value: object): void {
  for (const key of Object.keys(value)) {
    const property: unknown = Reflect.get(value, key)
    if (typeof property === 'object' && property !== null) destroy(property)
    Reflect.set(value, key, 'changed')
  }
  if (Array.isArray(value)) value.length = 0
}
