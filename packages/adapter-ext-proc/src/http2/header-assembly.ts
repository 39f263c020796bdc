import { FLAG, H2_ERROR, Http2Error } from './frame.ts';
import { withoutPadding } from './frame-reader.ts';

/** Bytes of one header block, as they are sent. More than headers that are taken can have. */
const BLOCK_BYTES = 256 * 1024;
const MAX_CONTINUATIONS = 32;
const PRIORITY_BYTES = 5;

/** Puts together what a HEADERS frame begins and CONTINUATION frames go on with. */
export class HeaderAssembly {
  /** Of the latest HEADERS frame. */
  flags = 0;
  #streamId = 0;
  /** A block whose end has not come. */
  #block: Buffer | undefined;
  #continuations = 0;

  /** Whether nothing but a continuation may come now. */
  get isOpen(): boolean {
    return this.#block !== undefined;
  }

  /** A HEADERS frame. @returns the block, once it is whole @throws Http2Error */
  begin(flags: number, streamId: number, payload: Buffer): Buffer | undefined {
    let block = withoutPadding(flags, payload);
    if ((flags & FLAG.PRIORITY) !== 0) {
      if (block.length < PRIORITY_BYTES) throw new Http2Error(H2_ERROR.FRAME_SIZE_ERROR, 'a priority that is cut');
      block = block.subarray(PRIORITY_BYTES);
    }
    this.flags = flags;
    if ((flags & FLAG.END_HEADERS) !== 0) return block;
    this.#streamId = streamId;
    this.#block = block;
    this.#continuations = 0;
    return undefined;
  }

  /** A CONTINUATION frame. @returns the block, once it is whole @throws Http2Error */
  continue(flags: number, streamId: number, payload: Buffer): Buffer | undefined {
    if (this.#block === undefined || this.#streamId !== streamId) {
      throw new Http2Error(H2_ERROR.PROTOCOL_ERROR, 'a continuation of nothing');
    }
    if (++this.#continuations > MAX_CONTINUATIONS || this.#block.length + payload.length > BLOCK_BYTES) {
      throw new Http2Error(H2_ERROR.ENHANCE_YOUR_CALM, 'the headers are too long');
    }
    const block = Buffer.concat([this.#block, payload]);
    const isWhole = (flags & FLAG.END_HEADERS) !== 0;
    this.#block = isWhole ? undefined : block;
    return isWhole ? block : undefined;
  }
}
