import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { describe } from 'vitest';

/** An Envoy of this machine: the one that `POINTSMAN_ENVOY` names, one in the PATH, or the one that .ci/install-envoy made. */
export const envoyPath: string | undefined = [
  process.env.POINTSMAN_ENVOY,
  ...(process.env.PATH ?? '').split(path.delimiter).map((folder) => path.join(folder, 'envoy')),
  path.join(homedir(), '.cache/pointsman/envoy/envoy'),
].find((file) => file !== undefined && file !== '' && existsSync(file));

/** Tests that need a real Envoy. Without one they are left out, which is said in one line. */
export function describeWithEnvoy(name: string, tests: () => void): void {
  if (envoyPath === undefined) {
    console.warn(
      `Left out: "${name}". There is no Envoy here: .ci/install-envoy gets it, or POINTSMAN_ENVOY names one.`,
    );
  }
  describe.skipIf(envoyPath === undefined)(name, { timeout: 120_000 }, tests);
}

describeWithEnvoy.each = (values: readonly string[]) => (name: string, tests: (value: string) => void) => {
  for (const value of values) describeWithEnvoy(name.replace('%s', value), () => tests(value));
};
