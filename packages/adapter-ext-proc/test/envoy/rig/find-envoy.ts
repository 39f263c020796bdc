import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

/** An Envoy of this machine: the one that `POINTSMAN_ENVOY` names, one in the PATH, or the one that .ci/install-envoy made. */
export const envoyPath: string | undefined = [
  process.env.POINTSMAN_ENVOY,
  ...(process.env.PATH ?? '').split(path.delimiter).map((folder) => path.join(folder, 'envoy')),
  path.join(homedir(), '.cache/pointsman/envoy/envoy'),
].find((file) => file !== undefined && file !== '' && existsSync(file));
