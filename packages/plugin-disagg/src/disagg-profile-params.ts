import { z } from 'zod';

const name = z.string().optional();

/** The older, flat names of parameters, and what they are called now. */
const OLDER = {
  decodeProfile: 'profiles.decode',
  prefillProfile: 'profiles.prefill',
  encodeProfile: 'profiles.encode',
  prefillDeciderPluginName: 'deciders.prefill',
  encodeDeciderPluginName: 'deciders.encode',
  deciderPluginName: 'deciders.prefill',
} as const;
const OLDER_NAMES = Object.keys(OLDER) as (keyof typeof OLDER)[];

const stageOrder = z
  .string()
  .optional()
  .transform((text = '', context) => {
    switch (text.toLowerCase().replaceAll(/[-_]/g, '')) {
      case '':
      case 'decode':
      case 'decodefirst':
        return 'decode-first' as const;
      case 'prefill':
      case 'prefillfirst':
        return 'prefill-first' as const;
      default:
        context.addIssue('a stage order is decode-first or prefill-first');
        return z.NEVER;
    }
  });

/** Parameters of the disaggregating profile handler. What is left blank has its default. */
export const disaggProfileParams = z
  .strictObject({
    /** Which profile chooses first: `decode-first`, or `prefill-first`; case, `-` and `_` make no difference. */
    stageOrder,
    /** Profiles by stage; default `decode`, `prefill` and `encode`. A stage whose profile does not exist never runs. */
    profiles: z.strictObject({ decode: name, prefill: name, encode: name }).optional(),
    /** Instance names of the plugins that decide whether a stage runs. Without one it never does. */
    deciders: z.strictObject({ prefill: name, encode: name }).optional(),
    decodeProfile: name,
    prefillProfile: name,
    encodeProfile: name,
    prefillDeciderPluginName: name,
    encodeDeciderPluginName: name,
    deciderPluginName: name,
  })
  .transform((params, context) => {
    const { profiles = {}, deciders = {} } = params;
    const used = OLDER_NAMES.filter((older) => params[older] !== undefined);
    if (used.length > 0 && (params.profiles !== undefined || params.deciders !== undefined)) {
      for (const older of used) {
        context.addIssue({
          code: 'custom',
          path: [older],
          message: `is the older name of ${OLDER[older]}; use the new names only`,
        });
      }
    }
    const prefillDecider = deciders.prefill || params.prefillDeciderPluginName || params.deciderPluginName;
    if (prefillDecider && params.stageOrder === 'prefill-first') {
      const path = deciders.prefill ? ['deciders', 'prefill'] : ['stageOrder'];
      const message = 'prefill-first always runs the prefill profile: it takes no prefill decider';
      context.addIssue({ code: 'custom', path, message });
    }
    return {
      stageOrder: params.stageOrder,
      profiles: {
        decode: profiles.decode || params.decodeProfile || 'decode',
        prefill: profiles.prefill || params.prefillProfile || 'prefill',
        encode: profiles.encode || params.encodeProfile || 'encode',
      },
      deciders: {
        prefill: prefillDecider || undefined,
        encode: deciders.encode || params.encodeDeciderPluginName || undefined,
      },
    };
  });
