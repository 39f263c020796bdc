import type { Random } from '../contract/random.ts';

/** Turns a text into 32 bits (FNV-1a with a final avalanche). */
export function seedOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return avalanche(hash);
}

function avalanche(value: number): number {
  let x = value | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/** sfc32: small, fast, and good enough to break ties fairly. The same two seeds give the same numbers. */
export class SeededRandom implements Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: number, stream: number) {
    this.#a = seed | 0;
    this.#b = avalanche(stream) | 0;
    this.#c = avalanche(seed ^ 0x9e3779b9) | 0;
    for (let i = 0; i < 8; i++) this.#step();
  }

  #step(): number {
    const t = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + t) | 0;
    return t >>> 0;
  }

  next(): number {
    // 53 bits, as Math.random gives.
    return (this.#step() * 0x200000 + (this.#step() >>> 11)) / 0x20000000000000;
  }

  below(bound: number): number {
    return Math.floor(this.next() * bound);
  }
}
