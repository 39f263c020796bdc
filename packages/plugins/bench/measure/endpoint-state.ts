/** State of one endpoint, the same for both. */
export interface EndpointState {
  readonly id: string;
  readonly waiting: number;
  readonly kvUsage: number;
  readonly matchBlocks: number;
  readonly totalBlocks: number;
  readonly active: ReadonlySet<string>;
  readonly maxActive: number;
}
