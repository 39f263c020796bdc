/** One file of recorded exchanges; its form is described in the recordings' README. */
export interface RecordedExchanges {
  readonly name: string;
  readonly simulator: { readonly args: readonly string[]; readonly env?: Record<string, string> };
  readonly exchanges: readonly RecordedExchange[];
}

export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
  readonly rawBody?: string;
}

export interface RecordedExchange {
  /** Those that have it are sent without waiting for the one before. */
  readonly startAtMs?: number;
  readonly request: RecordedRequest;
  readonly response: {
    readonly status: number;
    readonly headers: Record<string, string>;
    readonly body?: unknown;
    readonly bodyText?: string;
    readonly emptyBody?: boolean;
    readonly events?: readonly RecordedEvent[];
  };
  readonly varies: readonly string[];
  readonly maybeAbsent?: readonly string[];
  readonly goWording?: readonly string[];
  readonly choicesInterleave?: boolean;
}

export interface RecordedEvent {
  readonly event?: string;
  readonly json?: unknown;
  readonly data?: string;
}
