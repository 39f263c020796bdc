import type { HeaderField } from './static-table.ts';

/** What an entry counts beside its bytes (RFC 7541 §4.1). */
const ENTRY_OVERHEAD = 32;

/** The headers that a peer has had us remember: the latest is number 0. */
export class DynamicTable {
  readonly #limit: number;
  #maxBytes: number;
  /** Oldest first; those before `#first` are gone. */
  #fields: HeaderField[] = [];
  #first = 0;
  #bytes = 0;

  /** @param limit the most bytes that it may be told to hold */
  constructor(limit: number) {
    this.#limit = limit;
    this.#maxBytes = limit;
  }

  at(index: number): HeaderField | undefined {
    const at = this.#fields.length - 1 - index;
    return at < this.#first ? undefined : this.#fields[at];
  }

  /** One that is larger than the table empties it, and is not kept. */
  add(field: HeaderField): void {
    const size = sizeOf(field);
    if (size > this.#maxBytes) {
      this.#fields = [];
      this.#first = 0;
      this.#bytes = 0;
      return;
    }
    this.#fields.push(field);
    this.#bytes += size;
    this.#evict();
  }

  /** @returns false when that is more than was agreed on */
  resize(bytes: number): boolean {
    if (bytes > this.#limit) return false;
    this.#maxBytes = bytes;
    this.#evict();
    return true;
  }

  #evict(): void {
    while (this.#bytes > this.#maxBytes) this.#bytes -= sizeOf(this.#fields[this.#first++]!);
    if (this.#first <= 64 || this.#first * 2 < this.#fields.length) return;
    this.#fields = this.#fields.slice(this.#first);
    this.#first = 0;
  }
}

function sizeOf([name, value]: HeaderField): number {
  return name.length + value.length + ENTRY_OVERHEAD;
}
