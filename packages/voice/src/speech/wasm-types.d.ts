/** The part of the WebAssembly JavaScript API that is used here; the types for Node.js leave it out. */
declare namespace WebAssembly {
  type ModuleImports = Record<string, unknown>

  class Module {
    constructor(bytes: Uint8Array<ArrayBuffer>)
  }

  class Instance {
    constructor(module: Module, imports: Record<string, ModuleImports>)
    readonly exports: Record<string, unknown>
  }

  class Memory {
    readonly buffer: ArrayBuffer
  }

  function compile(bytes: Uint8Array<ArrayBuffer>): Promise<Module>
}
