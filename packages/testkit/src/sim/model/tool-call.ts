import type { Random } from '@pointsman/core';
import { tokenTexts } from './tokenize.ts';

/** A function that the model may call. */
export interface Tool {
  readonly name: string;
  /** JSON Schema of its arguments. */
  readonly parameters: unknown;
}

/** A call of a function, with arguments that fit its schema. */
export interface ToolCall {
  readonly name: string;
  /** JSON, cut into tokens. */
  readonly argumentTokens: readonly string[];
  /** Digits that make an id unique. */
  readonly id: string;
}

/** Bounds for values that a schema leaves open. */
export interface ArgumentLimits {
  readonly minInteger: number;
  readonly maxInteger: number;
  readonly minNumber: number;
  readonly maxNumber: number;
  readonly minItems: number;
  readonly maxItems: number;
  /** 0..100. */
  readonly optionalPercent: number;
}

interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Record<string, Schema>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
}

const WORDS = ['north', 'river', 'amber', 'seven', 'stone', 'cloud', 'maple', 'harbour'];
const DEEPEST = 8;

/** Tokens of a call besides its arguments: its name and the marks around it. */
export const TOKENS_OF_CALL = 3;

/** Makes up a call. */
export function makeToolCall(tool: Tool, limits: ArgumentLimits, random: Random): ToolCall {
  const schema = isSchema(tool.parameters) ? tool.parameters : {};
  const given = makeObject(schema, limits, random, 0);
  return {
    name: tool.name,
    argumentTokens: tokenTexts(JSON.stringify(given)),
    id: String(1_000_000_000 + random.below(9_000_000_000)),
  };
}

function makeObject(schema: Schema, limits: ArgumentLimits, random: Random, depth: number): Record<string, unknown> {
  const made: Record<string, unknown> = {};
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const isRequired = schema.required?.includes(name) ?? false;
    if (!isRequired && random.below(100) >= limits.optionalPercent) continue;
    made[name] = makeValue(property, limits, random, depth + 1);
  }
  return made;
}

function makeValue(schema: Schema, limits: ArgumentLimits, random: Random, depth: number): unknown {
  if (!isSchema(schema) || depth > DEEPEST) return null;
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined && schema.enum.length > 0) return schema.enum[random.below(schema.enum.length)];
  const type = typeof schema.type === 'string' ? schema.type : schema.type?.[0];
  switch (type) {
    case 'integer': {
      const least = Math.ceil(schema.minimum ?? limits.minInteger);
      const most = Math.max(least, Math.floor(schema.maximum ?? limits.maxInteger));
      return least + random.below(most - least + 1);
    }
    case 'number': {
      const least = schema.minimum ?? limits.minNumber;
      const most = Math.max(least, schema.maximum ?? limits.maxNumber);
      return least + Math.round(random.next() * (most - least) * 100) / 100;
    }
    case 'boolean':
      return random.below(2) === 1;
    case 'null':
      return null;
    case 'array': {
      const least = schema.minItems ?? limits.minItems;
      const most = Math.max(least, schema.maxItems ?? limits.maxItems);
      const length = least + random.below(most - least + 1);
      return Array.from({ length }, () => makeValue(schema.items ?? {}, limits, random, depth + 1));
    }
    case 'object':
      return makeObject(schema, limits, random, depth);
    default:
      return WORDS[random.below(WORDS.length)];
  }
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
