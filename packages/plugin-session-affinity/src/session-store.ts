/** Where a session is, and when it was last seen, in milliseconds since the epoch. */
interface Session {
  endpointId: string;
  lastSeen: number;
}

/** Everything that is remembered. Handed from an instance to its successor, which may be of another installed copy. */
export interface SessionState {
  readonly kind: 'pointsman-sessions/1';
  /** By session id, the one seen longest ago first. */
  readonly sessions: Map<string, Session>;
  bytes: number;
}

/** About what a session takes beside its id: an entry of the map, an object, the header of a string. */
const BYTES_PER_SESSION = 144;

/** Sessions and their endpoints, under a budget of bytes and of time since a session was last seen. */
export class SessionStore {
  readonly state: SessionState;
  readonly #ttlMs: number;
  readonly #sweepMs: number;
  readonly #maxBytes: number;
  #sweptAt = Number.NaN;

  constructor(limits: { ttlMs: number; sweepMs: number; maxBytes: number }, inherited?: SessionState) {
    this.#ttlMs = limits.ttlMs;
    this.#sweepMs = limits.sweepMs;
    this.#maxBytes = limits.maxBytes;
    this.state = inherited ?? { kind: 'pointsman-sessions/1', sessions: new Map(), bytes: 0 };
    this.#shrink();
  }

  /** Id of the session's endpoint; undefined for a session that is unknown or was not seen for too long. */
  get(sessionId: string, now: number): string | undefined {
    const session = this.state.sessions.get(sessionId);
    return session === undefined || now - session.lastSeen > this.#ttlMs ? undefined : session.endpointId;
  }

  /** Says that the session was seen now, on this endpoint. */
  put(sessionId: string, endpointId: string, now: number): void {
    this.#sweep(now);
    const { sessions } = this.state;
    const known = sessions.get(sessionId);
    if (known !== undefined) {
      // Taken out and put in again, so that the order stays that of last seen.
      sessions.delete(sessionId);
      known.endpointId = endpointId;
      known.lastSeen = now;
      sessions.set(sessionId, known);
      return;
    }
    // A copy: the id may be a part of a long header, which would stay in memory with it.
    const ownId = Buffer.from(sessionId, 'utf16le').toString('utf16le');
    sessions.set(ownId, { endpointId, lastSeen: now });
    this.state.bytes += sizeOf(ownId);
    this.#shrink();
  }

  /** Forgets sessions that were not seen for too long, at most once in `sweepMs`. */
  #sweep(now: number): void {
    const since = now - this.#sweptAt;
    if (since >= 0 && since < this.#sweepMs) return;
    this.#sweptAt = now;
    for (const [id, session] of this.state.sessions) {
      // After the clock was set back, what was seen "later" has been seen now.
      if (session.lastSeen > now) session.lastSeen = now;
      if (now - session.lastSeen <= this.#ttlMs) return;
      this.#forget(id);
    }
  }

  /** Forgets the sessions that were seen longest ago until the rest fits. */
  #shrink(): void {
    for (const id of this.state.sessions.keys()) {
      if (this.state.bytes <= this.#maxBytes) return;
      this.#forget(id);
    }
  }

  #forget(id: string): void {
    this.state.sessions.delete(id);
    this.state.bytes -= sizeOf(id);
  }
}

function sizeOf(sessionId: string): number {
  return BYTES_PER_SESSION + 2 * sessionId.length;
}
