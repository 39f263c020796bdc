import { errorCode } from './error-code.ts';

/**
 * Whether an answer is whole though undici reports an error: 204 and 304 have no body; the length that they may tell is no
 * promise, though undici takes it for one.
 */
export function isWholeDespite(error: Error, status: number): boolean {
  const isBodiless = status === 204 || status === 304;
  return isBodiless && errorCode(error) === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH';
}
