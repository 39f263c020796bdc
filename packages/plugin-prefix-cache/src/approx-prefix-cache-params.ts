import { z } from 'zod';

const UNSET_BLOCK_SIZE = 16;

/** Parameters of `approx-prefix-cache-producer`, with llm-d's names and defaults. */
export const approxPrefixCacheParams = z
  .strictObject({
    /** Takes the block size and the number of blocks from the model servers' metrics where these say them. */
    autoTune: z.boolean().default(true),
    /** Tokens in a block where the model server does not say. Sizes below 64 count as 64. */
    blockSizeTokens: z.int().default(UNSET_BLOCK_SIZE),
    /** Deprecated name of `blockSizeTokens`; counts while that has its default. */
    blockSize: z.int().optional(),
    /** How much of a prompt is looked at, in tokens; 0 leaves it to `maxPrefixBlocksToMatch`. */
    maxPrefixTokensToMatch: z.int().min(0).default(131_072),
    /** Deprecated: the same in blocks. 0: no limit; negative: nothing is looked at. */
    maxPrefixBlocksToMatch: z.int().default(2048),
    /** Blocks remembered for each endpoint where the model server does not say how many it has. 0 or less: 31250. */
    lruCapacityPerServer: z.int().default(31_250),
    /** Bytes that the index may take; what is oldest makes room. Not known to llm-d, whose index has no limit. */
    maxIndexBytes: z.int().min(65_536).default(134_217_728),
  })
  .transform(({ blockSize, ...params }) => ({
    ...params,
    blockSizeTokens:
      blockSize !== undefined && params.blockSizeTokens === UNSET_BLOCK_SIZE ? blockSize : params.blockSizeTokens,
  }))
  .refine(({ autoTune, blockSizeTokens }) => autoTune || blockSizeTokens > 0, {
    message: 'must be greater than 0 when autoTune is off',
    path: ['blockSizeTokens'],
  });
