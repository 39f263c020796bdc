/** A message as the parts that it came in. */
export type Frames = readonly Uint8Array[];

/** Messages as they come. Ends when it is closed. */
export interface EventSocket extends AsyncIterable<Frames> {
  close(): void;
}

/** Asks a publisher for messages that are gone by. */
export interface ReplaySocket {
  send(frames: Frames): Promise<void>;
  /** The next part of the answer. Rejects when it does not come within two seconds, or when the socket is closed. */
  receive(): Promise<Frames>;
  close(): void;
}

/** How events come from model servers. */
export interface EventTransport {
  /** Connects to a publisher, now and whenever it comes back. */
  connect(address: string, topicFilter: string): EventSocket;
  /** Waits for publishers that connect. Rejects when the address cannot be had. */
  listen(address: string, topicFilter: string): Promise<EventSocket>;
  replay(address: string): ReplaySocket;
}
