import { z } from 'zod';
import { endpointEntrySchema, endpointFileSchema } from './endpoint-schema.ts';
import { adminSchema, gatewaySchema } from './listener-schema.ts';
import { durationText, quantity } from './quantity.ts';

const name = z.string().min(1);
const reference = z.strictObject({ pluginRef: name });

/** One entry of `plugins`. What `parameters` may hold depends on the type. */
export const pluginEntrySchema = z.strictObject({
  type: name.describe('Plugin type.'),
  name: name.optional().describe('Instance name. Default: the type.'),
  parameters: z.unknown().optional(),
});

/** One entry of `schedulingProfiles`. */
export const profileSchema = z.strictObject({
  name,
  plugins: z
    .array(z.strictObject({ pluginRef: name, weight: z.number().optional().describe('Of a scorer. Default: 1.') }))
    .optional(),
});

const sourceSchema = z.strictObject({ pluginRef: name, extractors: z.array(reference).optional() });

/** `dataLayer` */
export const dataLayerSchema = z.strictObject({
  injectDefaults: z.boolean().optional().describe('Add the default metrics source. Default: true.'),
  sources: z.array(sourceSchema).optional(),
  discovery: reference.optional(),
  peerDiscovery: reference.optional(),
  crossReplicaSyncerPluginRef: name.optional(),
  crossReplicaSyncInterval: durationText.optional(),
});

const bandSchema = z.strictObject({
  priority: z.int().optional(),
  maxBytes: quantity.optional(),
  maxRequests: quantity.optional(),
  fairnessPolicyRef: name.optional(),
  orderingPolicyRef: name.optional(),
});

/** `flowControl` */
export const flowControlSchema = z.strictObject({
  maxBytes: quantity.optional(),
  maxRequests: quantity.optional(),
  defaultRequestTTL: durationText.optional(),
  noEndpointRequestTTL: durationText.optional(),
  defaultPriorityBand: bandSchema.optional(),
  defaultNegativePriorityBand: bandSchema.optional(),
  priorityBands: z.array(bandSchema).optional(),
  usageLimitPolicyPluginRef: name.optional(),
  saturationDetector: reference.optional(),
  enableEviction: z.boolean().optional(),
});

/** One entry of `objectives`. */
export const objectiveSchema = z.strictObject({
  name: name.describe('What requests say in x-llm-d-inference-objective.'),
  priority: z.int32().default(0).describe('Higher goes first under contention; negative may be shed. Default: 0.'),
});

const endpointsSchema = z.union([z.array(endpointEntrySchema), endpointFileSchema]);

const poolShape = {
  plugins: z.array(pluginEntrySchema).optional(),
  schedulingProfiles: z.array(profileSchema).optional(),
  dataLayer: dataLayerSchema.optional(),
  endpoints: endpointsSchema.optional(),
};

/** One entry of `pools`. */
export const poolSchema = z.strictObject(poolShape);

export const API_VERSIONS = ['llm-d.ai/v1alpha1', 'inference.networking.x-k8s.io/v1alpha1'] as const;

/** The whole file. Its parts are read one by one, so that an error in one hides none in another. */
export const documentSchema = z.strictObject({
  apiVersion: z.enum(API_VERSIONS).optional(),
  kind: z.literal('EndpointPickerConfig').optional(),
  featureGates: z.array(z.string()).optional().describe('Each `name`, `name=true` or `name=false`.'),
  imports: z.array(name).optional().describe('npm packages or relative paths that bring plugins.'),
  ...poolShape,
  pools: z.record(name, poolSchema).optional().describe('Several pools by name, in place of one at the top level.'),
  flowControl: flowControlSchema.optional(),
  objectives: z.array(objectiveSchema).optional().describe('Priorities by the name of the objective of a request.'),
  requestHandler: z.strictObject({ parsers: z.array(reference).optional() }).optional(),
  saturationDetector: reference.optional().describe('Deprecated: flowControl.saturationDetector.'),
  parser: reference.optional().describe('Deprecated: requestHandler.parsers.'),
  gateway: gatewaySchema.optional(),
  admin: z
    .union([z.literal(false), adminSchema])
    .optional()
    .describe('The admin listener; false for none.'),
  recent: z
    .strictObject({ decisions: z.int().min(1).optional(), bytes: z.int().min(0).optional() })
    .optional()
    .describe('How many recent decisions can be explained.'),
  seed: z.string().min(1).optional().describe('Seed of the random source.'),
});

export type PluginEntry = z.output<typeof pluginEntrySchema>;
export type ProfileEntry = z.output<typeof profileSchema>;
export type DataLayerSection = z.output<typeof dataLayerSchema>;
export type FlowControlSection = z.output<typeof flowControlSchema>;
