import fc from 'fast-check';

/** Property tests get this module where they import `fast-check`; see `vitest.config.ts`. */
export default fc;

const DEFAULT_SEED = 42;

const seed = seedFrom(process.env.POINTSMAN_SEED);
if (seed !== undefined) fc.configureGlobal({ ...fc.readConfigureGlobal(), seed });

/** Undefined is a fresh one for each property, which is said when the property fails. */
function seedFrom(text = ''): number | undefined {
  if (text === '') return DEFAULT_SEED;
  if (text === 'random') return undefined;
  if (/^-?\d{1,10}$/.test(text)) return Number(text);
  throw new Error(`POINTSMAN_SEED is "${text}"; expected a whole number, or random`);
}
