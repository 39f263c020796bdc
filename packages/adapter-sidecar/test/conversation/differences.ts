import type { Expected } from './recording.ts';

/** Where ours does something else on purpose. */
interface Difference {
  readonly why: string;
  /** What must come instead of what was recorded; undefined where there is nothing to compare. */
  readonly intended?: (recorded: Expected) => void;
}

const LEAST = 'a prefill of one token is not told to have two: `min_tokens` is lowered with `max_tokens`';

const atLeastOne = ({ requests }: Expected): void => {
  (requests.prefill![0]!.json as Record<string, unknown>).min_tokens = 'number 1e0';
};

const CHUNKED = '`--decode-chunk-size` is refused by name: chunked decode is not there';
const MORIIO = '`--moriio-write-mode` and its companions are refused by name: MoRI-IO is not there';

/** Recordings that end differently here, by name. The same list is in docs/sidecar.md. */
export const DIFFERENCES: Readonly<Record<string, Difference>> = {
  'chunked-decode': { why: CHUNKED },
  'chunked-decode-after-prefill': { why: CHUNKED },
  'chunked-decode-stream': { why: CHUNKED },
  'encode-then-shared-storage': {
    why: 'after encoders the prefiller is used: only a client that gave a threshold has the model server try first',
    intended: (recorded) => {
      recorded.requests.decode!.shift();
      recorded.responses[0]!.body_is = 'decode#0';
      recorded.timeline = recorded.timeline
        .filter((event) => !event.startsWith('decode#0'))
        .map((event) => event.replace('decode#1', 'decode#0'));
    },
  },
  'mooncake-chat': { why: LEAST, intended: atLeastOne },
  'moriio-parallel': { why: MORIIO },
  'moriio-serial': { why: MORIIO },
  'offloading-stream': { why: LEAST, intended: atLeastOne },
  'shared-storage-chat': { why: LEAST, intended: atLeastOne },
};
