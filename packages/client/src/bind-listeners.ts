/** Has the listeners that are added to an emitter from now on bound. Anything else is left as it is. */
export function bindListeners(target: unknown, bind: (listener: object) => object): void {
  if (!isEmitter(target)) return
  const emitter = target
  const bound = new WeakMap<object, object>()
  const boundOf = (listener: unknown) => {
    if (typeof listener !== 'function') return listener
    const known = bound.get(listener) ?? bind(listener)
    bound.set(listener, known)
    return known
  }
  for (const name of ['on', 'addListener', 'once', 'prependListener', 'prependOnceListener'] as const) {
    const add = emitter[name]
    if (typeof add === 'function') {
      emitter[name] = (event, listener) => Reflect.apply(add, emitter, [event, boundOf(listener)])
    }
  }
  for (const name of ['off', 'removeListener'] as const) {
    const remove = emitter[name]
    if (typeof remove === 'function') {
      emitter[name] = (event, listener) => {
        const known = typeof listener === 'function' ? bound.get(listener) : undefined
        return Reflect.apply(remove, emitter, [event, known ?? listener])
      }
    }
  }
}

type ListenerMethod =
  | 'on'
  | 'addListener'
  | 'once'
  | 'prependListener'
  | 'prependOnceListener'
  | 'off'
  | 'removeListener'
type Emitter = Partial<Record<ListenerMethod, (event: unknown, listener: unknown) => unknown>>

function isEmitter(value: unknown): value is Emitter {
  return typeof value === 'object' && value !== null && 'on' in value && 'removeListener' in value
}
