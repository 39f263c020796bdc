import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A folder that is gone when the test is over. */
export class TemporaryFolder implements Disposable {
  readonly path = mkdtempSync(path.join(tmpdir(), 'pointsman-test-'));

  /** @returns the file's path */
  write(name: string, text: string): string {
    const file = path.join(this.path, name);
    writeFileSync(file, text);
    return file;
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
