/** How much a server takes on. */
export interface ServerLimits {
  /** Bytes of a request body; default 32 MiB. More is answered with 413. */
  readonly bodyBytes?: number;
  /** Bytes of all request bodies that are being read or placed; default 1 GiB. More is answered with 503. */
  readonly bufferedBytes?: number;
  /** Bytes of one gRPC message; default 4 MiB. More ends the stream. Larger than what a proxy buffers for one message. */
  readonly messageBytes?: number;
  /** Streams that may be open, which is requests that may run; default 40,000. More are refused at once. */
  readonly streams?: number;
}

const MIB = 1024 * 1024;

/** What holds when nobody says otherwise. */
export const DEFAULT_LIMITS: Required<ServerLimits> = {
  bodyBytes: 32 * MIB,
  bufferedBytes: 1024 * MIB,
  messageBytes: 4 * MIB,
  streams: 40_000,
};
