import { createCatalog, parseConfig } from '@pointsman/config';
import { builtinPlugins } from '@pointsman/plugins';
import { expect } from 'vitest';
import type { Recording } from './recording.ts';

/** Why a recording cannot be replayed yet, and what shows that this is still so. */
interface NotBuilt {
  readonly missing: string;
  /** Fails once the capability is there: the recording must then leave this table. */
  provenBy(text: string): Promise<void>;
}

/** A feature gate that its configuration names: the configuration is refused. */
function refused(missing: string, word: string): NotBuilt {
  return {
    missing,
    async provenBy(text) {
      const { config } = JSON.parse(text) as Recording;
      const catalog = createCatalog(builtinPlugins);
      await expect(parseConfig(config.replaceAll('{endpoints}', '/nowhere.yaml'), { catalog })).rejects.toThrow(word);
    },
  };
}

const flowControl = refused('flow control', 'flow control is known to llm-d but not built');

/** Recordings that need what is not built, by name. */
export const NOT_BUILT: Readonly<Record<string, NotBuilt>> = {
  'flow-abort-frees': flowControl,
  'flow-capacity': flowControl,
  'flow-no-endpoints': flowControl,
  'flow-subset-empty': flowControl,
  'flow-ttl': flowControl,
  'flow-waits-for-first': flowControl,
  'get-flow-full': flowControl,
};
