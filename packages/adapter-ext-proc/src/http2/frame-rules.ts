import { FLAG, FRAME, H2_ERROR, Http2Error } from './frame.ts';

const SETTING_BYTES = 6;
/** No client has so much to say; each setting may cost work on all streams. */
const MAX_SETTINGS = 32;
/** These are the connection's, others a stream's; WINDOW_UPDATE and what is unknown may be either. */
const OF_CONNECTION: ReadonlySet<number> = new Set([FRAME.SETTINGS, FRAME.PING, FRAME.GOAWAY]);

/** Whether a frame can be right at all, before its payload is taken. @throws Http2Error */
export function checkFrame(type: number, flags: number, streamId: number, length: number): void {
  const isMisplaced = streamId === 0 ? isOfStream(type) : OF_CONNECTION.has(type);
  if (isMisplaced) throw new Http2Error(H2_ERROR.PROTOCOL_ERROR, `a frame of type ${type} on stream ${streamId}`);
  if (!isRightSize(type, flags, length)) throw new Http2Error(H2_ERROR.FRAME_SIZE_ERROR, 'a frame of a wrong size');
  if (type === FRAME.SETTINGS && length > MAX_SETTINGS * SETTING_BYTES) {
    throw new Http2Error(H2_ERROR.ENHANCE_YOUR_CALM, 'too many settings');
  }
}

function isRightSize(type: number, flags: number, length: number): boolean {
  switch (type) {
    case FRAME.RST_STREAM:
    case FRAME.WINDOW_UPDATE:
      return length === 4;
    case FRAME.PRIORITY:
      return length === 5;
    case FRAME.PING:
      return length === 8;
    case FRAME.GOAWAY:
      return length >= 8;
    case FRAME.SETTINGS:
      return (flags & FLAG.ACK) === 0 ? length % SETTING_BYTES === 0 : length === 0;
    default:
      return true;
  }
}

function isOfStream(type: number): boolean {
  return type <= FRAME.CONTINUATION && type !== FRAME.WINDOW_UPDATE && !OF_CONNECTION.has(type);
}
