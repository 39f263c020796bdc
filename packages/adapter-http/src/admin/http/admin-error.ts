/** An answer other than what was asked for. The message is for people and says what to do. */
export class AdminError extends Error {
  readonly status: number;
  /** A word for programs. */
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;
  /** More for programs, shown beside the message. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    status: number,
    code: string,
    message: string,
    more: {
      readonly headers?: Readonly<Record<string, string>>;
      readonly details?: Readonly<Record<string, unknown>>;
    } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = more.headers ?? {};
    this.details = more.details ?? {};
  }
}
