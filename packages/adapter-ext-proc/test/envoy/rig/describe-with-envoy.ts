import { describe } from 'vitest';
import { envoyPath } from './find-envoy.ts';

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
