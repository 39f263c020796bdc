import type { AbsentFlag } from '../llmd-flags/absent-flag.ts';

const POOL = 'pods are not taken from Kubernetes yet; say whom headers may name with --allowed-hosts';
const MORIIO = 'MoRI-IO is not there; its write mode needs the sidecar of llm-d';

/** Flags of llm-d's sidecar that ask for something that is not here. */
export const ABSENT_FLAGS: readonly AbsentFlag[] = [
  { name: 'inference-pool', why: POOL },
  { name: 'pool-group', why: POOL },
  { name: 'decode-chunk-size', why: 'chunked decode is not there', harmless: '0' },
  { name: 'tracing', why: 'the sidecar makes no spans yet; it hands the trace on', harmless: 'false' },
  { name: 'max-idle-conns-per-host', why: 'idle connections are closed after four seconds; leave it out' },
  { name: 'moriio-write-mode', why: MORIIO, harmless: 'false' },
  { name: 'moriio-parallel-dispatch', why: MORIIO, harmless: 'false' },
  { name: 'moriio-parallel-decode-wait-timeout', why: MORIIO },
  { name: 'moriio-decode-notify-port', why: MORIIO },
  { name: 'moriio-prefill-notify-port', why: MORIIO },
  { name: 'moriio-decode-handshake-port', why: MORIIO },
  { name: 'moriio-prefill-handshake-port', why: MORIIO },
  { name: 'moriio-local-pod-ip', why: MORIIO },
  { name: 'moriio-tp-size', why: MORIIO },
  { name: 'moriio-dp-size', why: MORIIO },
  { name: 'moriio-dp-size-local', why: MORIIO },
  { name: 'moriio-remote-hosts', why: MORIIO },
  { name: 'moriio-decode-hosts', why: MORIIO },
];
