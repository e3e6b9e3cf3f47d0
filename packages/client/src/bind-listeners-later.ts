/** A module of its own for `import()`: of one that is imported both ways a bundler makes an object, which needs Node. */
export { bindListeners } from './bind-listeners.ts'
