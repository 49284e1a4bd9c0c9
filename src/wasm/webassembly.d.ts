/**
 * The part of the WebAssembly JavaScript interface that Tollgate uses. Node has it, but neither the ES library of
 * TypeScript nor @types/node 20 declares it, and `lib: dom` would declare a browser around it.
 * Source: WebAssembly JavaScript Interface, W3C, section 5.
 */
declare namespace WebAssembly {
  type ExternKind = 'function' | 'global' | 'memory' | 'table' | 'tag';
  type ImportObject = Record<string, Record<string, unknown>>;

  class Module {
    constructor(bytes: ArrayBufferView | ArrayBuffer);
    static imports(module: Module): { module: string; name: string; kind: ExternKind }[];
    static exports(module: Module): { name: string; kind: ExternKind }[];
  }

  class Instance {
    constructor(module: Module, imports?: ImportObject);
    readonly exports: Readonly<Record<string, unknown>>;
  }

  class Memory {
    constructor(descriptor: { initial: number; maximum?: number });
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  }

  class Global {
    readonly value: unknown;
  }

  class CompileError extends Error {}
  class LinkError extends Error {}
  class RuntimeError extends Error {}

  interface WebAssemblyInstantiatedSource {
    instance: Instance;
    module: Module;
  }

  function compile(bytes: ArrayBufferView | ArrayBuffer): Promise<Module>;
}
