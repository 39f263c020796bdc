import type { PluginDefinition } from '@pointsman/core';
import type { JsonObject, JsonValue } from 'type-fest';
import { z } from 'zod';
import type { PluginCatalog } from '../catalog/catalog.ts';
import { discoveryTypes, fileDiscoveryParams, parsersByType } from '../loader-types.ts';
import { documentSchema } from './document-schema.ts';

/**
 * The JSON Schema of the whole configuration for editors, with the parameters of every plugin of the catalogue. For
 * third-party plugins give the `catalog` of a loaded configuration.
 */
export function configJsonSchema(catalog: PluginCatalog): JsonObject {
  const schema = jsonSchemaOf(documentSchema);
  const plugin = pluginSchema(catalog);
  const withPlugins = (pool: JsonObject): JsonObject => ({
    ...pool,
    properties: { ...(pool.properties as JsonObject), plugins: { type: 'array', items: { $ref: '#/$defs/plugin' } } },
  });
  const top = withPlugins(schema);
  const properties = top.properties as JsonObject;
  const pools = properties.pools as JsonObject;
  return {
    ...top,
    title: 'Pointsman configuration',
    properties: {
      ...properties,
      pools: { ...pools, additionalProperties: withPlugins(pools.additionalProperties as JsonObject) },
    },
    $defs: { ...(top.$defs as JsonObject | undefined), plugin },
  };
}

function pluginSchema(catalog: PluginCatalog): JsonObject {
  const variants: { readonly types: readonly string[]; readonly parameters: JsonValue }[] = [
    ...catalog.definitions.map((definition) => ({
      types: [definition.type, ...definition.aliases],
      parameters: parametersOf(definition),
    })),
    { types: [...parsersByType.keys()], parameters: { type: 'object' } },
    { types: discoveryTypes, parameters: jsonSchemaOf(fileDiscoveryParams) },
  ];
  return {
    type: 'object',
    properties: {
      type: { description: 'Plugin type.', enum: variants.flatMap(({ types }) => types) },
      name: { type: 'string', minLength: 1, description: 'Instance name. Default: the type.' },
      parameters: { type: ['object', 'null'] },
    },
    required: ['type'],
    additionalProperties: false,
    // Conditions in place of alternatives: an editor then shows what is wrong with the type that was meant.
    allOf: variants.map(({ types, parameters }) => ({
      if: { properties: { type: { enum: [...types] } }, required: ['type'] },
      // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema
      then: { properties: { parameters: { anyOf: [parameters, { type: 'null' }] } } },
    })),
  };
}

function parametersOf(definition: PluginDefinition): JsonObject {
  const described = definition.description === '' ? {} : { description: definition.description };
  try {
    const { $schema: _, ...schema } = jsonSchemaOf(definition.params);
    // References inside of it are meant from its own top.
    const own = JSON.stringify(schema).includes('"$ref"') ? { $id: `pointsman:plugin/${definition.type}` } : {};
    return { ...own, ...schema, ...described };
  } catch {
    // A schema that JSON Schema cannot express, or from a zod too old: anything goes in the editor, the loader checks it.
    return { type: 'object', ...described };
  }
}

function jsonSchemaOf(schema: z.ZodType): JsonObject {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonObject;
}
