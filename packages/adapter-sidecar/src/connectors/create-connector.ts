import type { KvConnector, SidecarOptions } from '../server/sidecar-options.ts';
import { Bootstrap } from './bootstrap.ts';
import type { Connector } from './connector.ts';
import { mooncake } from './mooncake.ts';
import { nixlv2 } from './nixlv2.ts';
import { offloading } from './offloading.ts';
import { sglang } from './sglang.ts';
import { sharedStorage } from './shared-storage.ts';

/** The connector of a name, and what closes its own connections. */
export function createConnector(
  name: KvConnector,
  options: SidecarOptions,
): { readonly connector: Connector; close(): Promise<void> } {
  const close = async () => {};
  switch (name) {
    case 'nixlv2':
      return { connector: nixlv2(options), close };
    case 'shared-storage':
      return { connector: sharedStorage(), close };
    case 'sglang':
      return { connector: sglang(options), close };
    case 'offloading':
      return { connector: offloading(options), close };
    case 'mooncake': {
      const bootstrap = new Bootstrap(options.mooncakeBootstrapPort ?? 8998);
      return { connector: mooncake(bootstrap, options), close: () => bootstrap.close() };
    }
  }
}
