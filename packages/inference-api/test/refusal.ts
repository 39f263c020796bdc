import { ApiError } from '../src/index.ts';

/** The `ApiError` that `run` throws; fails for anything else. */
export function refusal(run: () => unknown): ApiError {
  try {
    run();
  } catch (error) {
    if (ApiError.is(error)) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
