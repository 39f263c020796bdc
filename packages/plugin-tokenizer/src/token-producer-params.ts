import { z } from 'zod';

/** Fixed, or by size. An empty text means the default, as in llm-d. */
const byPixels = z
  .enum(['dynamic', 'static', ''])
  .transform((mode) => (mode === '' ? 'dynamic' : mode))
  .default('dynamic');

/** A number where zero and less mean the default. */
const positive = (initial: number) =>
  z
    .number()
    .transform((value) => (value > 0 ? value : initial))
    .default(initial);

/** Pixels of a picture or film whose own are not known. */
const resolution = z
  .strictObject({
    width: positive(640),
    height: positive(360),
  })
  .prefault({});

const image = z
  .strictObject({
    /** By the number of pixels, or always the same. */
    mode: byPixels,
    defaultResolution: resolution,
    static: z
      .strictObject({
        staticToken: positive(1),
      })
      .prefault({}),
    dynamic: z
      .strictObject({
        /** Pixels for each token. */
        factor: positive(1024),
      })
      .prefault({}),
  })
  .prefault({});

const video = z
  .strictObject({
    defaultResolution: resolution,
    /** Seconds. */
    defaultDuration: positive(10),
    tokensPerFrame: z
      .strictObject({
        mode: byPixels,
        static: z.strictObject({ numTokensPerFrame: positive(1) }).prefault({}),
        dynamic: z.strictObject({ factor: positive(1024) }).prefault({}),
      })
      .prefault({}),
    frames: z
      .strictObject({
        /** So many frames a second, or every n-th frame of the source. */
        mode: z
          .enum(['sampled', 'strided', ''])
          .transform((mode) => (mode === '' ? 'sampled' : mode))
          .default('sampled'),
        /** Bounds of the number of frames; 0 for none. */
        minFrames: z.int().default(0),
        maxFrames: z.int().default(0),
        sampled: z
          .strictObject({
            sampleFPS: positive(2),
            /** Frames that are merged into one. */
            temporalPatchSize: z.int().default(0),
          })
          .prefault({}),
        strided: z
          .strictObject({
            defaultSourceFPS: positive(24),
            frameStride: positive(1),
          })
          .prefault({}),
      })
      .prefault({}),
    /** At most so many tokens for a film; 0 for no limit. */
    maxVideoTokens: z.int().default(0),
  })
  .prefault({});

const estimate = z.strictObject({ image, video });

/** Named as configuration names the capability that would bring it. */
const NOT_BUILT =
  'is known to llm-d but not built in this version (exact prefix locality); leave it out, or use `estimate`';

/** Parameters of `token-producer`, with llm-d's names and defaults. */
export const tokenProducerParams = z
  .strictObject({
    estimate: estimate.prefault({}),
    /** Backends of llm-d that ask a server for tokens. */
    vllm: z.unknown().optional(),
    udsTokenizerConfig: z.unknown().optional(),
    modelName: z.unknown().optional(),
  })
  .superRefine((params, context) => {
    for (const name of ['vllm', 'udsTokenizerConfig', 'modelName'] as const) {
      if (params[name] === undefined) continue;
      context.addIssue({
        code: 'custom',
        path: [name],
        message: `the tokenizer behind \`${name}\` ${NOT_BUILT}`,
        input: params[name],
      });
    }
  })
  .transform(({ estimate }) => ({ estimate }));

export type EstimateParams = z.output<typeof estimate>;
