import { z } from 'zod';
import { type Fault, fault, formatFault } from '../options/fault.ts';
import { ApiError } from './api-error.ts';

/** Header that brings faults for one request, in the text form of the option: `x-sim-fault: die-mid-stream:10, slow:2`. */
export const FAULT_HEADER = 'x-sim-fault';

const faultList = z.object({ faults: z.array(fault) });

/** What a request meets. */
export interface RequestFaults {
  readonly slowdown: number;
  readonly hangs: boolean;
  /** Status to fail with. */
  readonly error: number | undefined;
  /** The connection breaks instead of token number so many (0: before the first byte). */
  readonly diesAt: number | undefined;
}

/** The faults of a server, changed at run time. */
export class FaultSwitch {
  #active: readonly Fault[] = [];
  readonly #onChange: () => void;

  /** @param onChange after every change */
  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  get active(): readonly Fault[] {
    return this.#active;
  }

  set(faults: readonly Fault[]): void {
    this.#active = faults;
    this.#onChange();
  }

  find<Kind extends Fault['kind']>(kind: Kind): Extract<Fault, { kind: Kind }> | undefined {
    return this.#active.find((each): each is Extract<Fault, { kind: Kind }> => each.kind === kind);
  }

  /** Faults of the server, and of the request's header after them. */
  ofRequest(header: string | undefined): RequestFaults {
    const faults = header === undefined ? this.#active : [...this.#active, ...parseHeader(header)];
    let slowdown = 1;
    let hangs = false;
    let error: number | undefined;
    let diesAt: number | undefined;
    for (const each of faults) {
      if (each.kind === 'slow') slowdown *= each.factor;
      else if (each.kind === 'hang') hangs = true;
      else if (each.kind === 'error') error = each.status;
      else if (each.kind === 'die-before-first-byte') diesAt = 0;
      else if (each.kind === 'die-mid-stream') diesAt = each.tokens;
    }
    return { slowdown, hangs, error, diesAt };
  }

  /** The answer of `/sim/faults`. */
  toJSON(): unknown {
    return { faults: this.#active.map(formatFault) };
  }

  /** Replaces the faults by what was posted. @throws ApiError 400 */
  setFrom(body: unknown): void {
    const parsed = faultList.safeParse(body);
    if (!parsed.success) throw new ApiError(400, parsed.error.issues[0]?.message ?? 'faults expected');
    this.set(parsed.data.faults);
  }
}

function parseHeader(header: string): Fault[] {
  return header.split(',').map((text) => {
    const parsed = fault.safeParse(text);
    if (!parsed.success) throw new ApiError(400, `${FAULT_HEADER}: ${parsed.error.issues[0]?.message}`);
    return parsed.data;
  });
}
