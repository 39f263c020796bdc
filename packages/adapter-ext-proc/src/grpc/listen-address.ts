/** Where a server listens. */
export interface ListenAddress {
  /** Default: all addresses. */
  readonly host?: string;
  /** 0 for a free one. */
  readonly port: number;
}
