import { readFile, stat } from 'node:fs/promises';
import { PointsmanError } from '@pointsman/core';

/** More than any configuration needs: a wrong path must not fill the memory. */
const SIZE_LIMIT = 16 * 1024 * 1024;

/**
 * Reads a UTF-8 file.
 * @throws PointsmanError CONFIG_INVALID when it is not there, too long, or not UTF-8
 */
export async function readText(file: string): Promise<string> {
  let bytes: Uint8Array;
  try {
    const { size } = await stat(file);
    if (size > SIZE_LIMIT) throw new PointsmanError('CONFIG_INVALID', `${file}: longer than ${SIZE_LIMIT} bytes`);
    bytes = await readFile(file);
  } catch (error) {
    if (PointsmanError.is(error)) throw error;
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'there is no such file' : (error as Error).message;
    throw new PointsmanError('CONFIG_INVALID', `${file}: ${why}`, { reason: code, cause: error });
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new PointsmanError('CONFIG_INVALID', `${file}: not UTF-8 text`, { cause: error });
  }
}
