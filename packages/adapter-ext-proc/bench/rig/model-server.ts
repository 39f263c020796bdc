export interface ModelServer {
  /** Among all of the rig. */
  readonly index: number;
  readonly port: number;
}
