import type { SidecarTls } from '@pointsman/adapter-sidecar';
import { CommandFailure } from '../command-failure.ts';
import { ExitCode } from '../exit-code.ts';

const STAGES = ['prefiller', 'decoder', 'encoder'] as const;

/**
 * TLS towards model servers.
 * @param enabled stages whose model servers speak it
 * @param unverified stages whose certificates are not looked at
 * @throws CommandFailure for what is no stage
 */
export function stageTls(enabled: readonly string[] = [], unverified: readonly string[] = []): SidecarTls {
  const isStage = (name: string) => (STAGES as readonly string[]).includes(name);
  for (const [flag, names] of [
    ['enable-tls', enabled],
    ['tls-insecure-skip-verify', unverified],
  ] as const) {
    const wrong = names.find((name) => !isStage(name));
    if (wrong === undefined) continue;
    throw new CommandFailure(`--${flag}: "${wrong}" is no stage; there are ${STAGES.join(', ')}`, ExitCode.usage);
  }
  const tls: Record<string, object> = {};
  for (const stage of STAGES) {
    if (enabled.includes(stage)) tls[stage] = { rejectUnauthorized: !unverified.includes(stage) };
  }
  return tls;
}
