import { DEFAULT_FRAME_BYTES, H2_ERROR, Http2Error, MAX_WINDOW_BYTES, SETTING } from './frame.ts';

/** What a client tells about itself, as far as it matters here. */
export interface PeerSettings {
  readonly initialWindowSize: number | undefined;
  readonly maxFrameSize: number | undefined;
}

const ENTRY_BYTES = 6;
const MAX_FRAME_BYTES = 0xff_ffff;

export function encodeSettings(entries: readonly (readonly [id: number, value: number])[]): Buffer {
  const payload = Buffer.alloc(entries.length * ENTRY_BYTES);
  entries.forEach(([id, value], i) => {
    payload.writeUInt16BE(id, i * ENTRY_BYTES);
    payload.writeUInt32BE(value, i * ENTRY_BYTES + 2);
  });
  return payload;
}

/** Of a setting that comes twice the last counts, and what is unknown is ignored. @throws Http2Error */
export function readSettings(payload: Buffer): PeerSettings {
  let initialWindowSize: number | undefined;
  let maxFrameSize: number | undefined;
  for (let at = 0; at < payload.length; at += ENTRY_BYTES) {
    const value = payload.readUInt32BE(at + 2);
    switch (payload.readUInt16BE(at)) {
      case SETTING.ENABLE_PUSH:
        if (value > 1) throw new Http2Error(H2_ERROR.PROTOCOL_ERROR, 'a push that is neither on nor off');
        break;
      case SETTING.INITIAL_WINDOW_SIZE:
        if (value > MAX_WINDOW_BYTES) {
          throw new Http2Error(H2_ERROR.FLOW_CONTROL_ERROR, 'a window of an impossible size');
        }
        initialWindowSize = value;
        break;
      case SETTING.MAX_FRAME_SIZE:
        if (value < DEFAULT_FRAME_BYTES || value > MAX_FRAME_BYTES) {
          throw new Http2Error(H2_ERROR.PROTOCOL_ERROR, 'frames of an impossible size');
        }
        maxFrameSize = value;
    }
  }
  return { initialWindowSize, maxFrameSize };
}
