import { XXH64_CHAIN } from './xxh64-chain.wasm.ts';

/** The functions and the memory of `xxh64-chain.wat`, which says what they do. */
export interface Xxh64Module {
  readonly memory: Uint8Array;
  /** The same bytes as 32-bit words. */
  readonly memoryWords: Int32Array;
  hash(at: number, length: number): void;
  chain(at: number, length: number, block: number, out: number): void;
}

/** The part of the WebAssembly API that is used. It is in every runtime, but not in the types of Node. */
interface WebAssemblyApi {
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: object };
}

let shared: Xxh64Module | undefined;

/** The one instance in this process: it keeps nothing from one call to the next. */
export function xxh64Module(): Xxh64Module {
  if (shared === undefined) {
    const code = Uint8Array.from(atob(XXH64_CHAIN), (char) => char.charCodeAt(0));
    const { Module, Instance } = (globalThis as unknown as { readonly WebAssembly: WebAssemblyApi }).WebAssembly;
    const { memory, hash, chain } = new Instance(new Module(code)).exports as {
      readonly memory: { readonly buffer: ArrayBuffer };
      readonly hash: Xxh64Module['hash'];
      readonly chain: Xxh64Module['chain'];
    };
    // The memory has a fixed size, so these views stay valid.
    const { buffer } = memory;
    shared = { memory: new Uint8Array(buffer), memoryWords: new Int32Array(buffer), hash, chain };
  }
  return shared;
}
