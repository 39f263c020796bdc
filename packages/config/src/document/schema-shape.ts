import type { z } from 'zod';

/** What of a zod schema can be looked at. Only plain properties are read, so a schema from any copy of zod 4 works. */
interface SchemaDef {
  readonly type?: string;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly catchall?: z.ZodType;
  readonly innerType?: z.ZodType;
  readonly in?: z.ZodType;
  readonly element?: z.ZodType;
  readonly valueType?: z.ZodType;
  readonly options?: readonly z.ZodType[];
  readonly left?: z.ZodType;
  readonly right?: z.ZodType;
  readonly getter?: () => z.ZodType;
}

/** The objects that a value at this place may be: several where the schema offers a choice. */
export interface ObjectShape {
  readonly fields: Readonly<Record<string, z.ZodType>>;
  /** True when other keys are let through without a word. */
  readonly isOpen: boolean;
}

/** The shapes of a schema that is, perhaps behind defaults and transforms, an object. */
export function objectShapes(schema: z.ZodType | undefined): readonly ObjectShape[] {
  return unwrapped(schema).flatMap((def) => {
    if (def.type !== 'object' || def.shape === undefined) return [];
    const rest = def.catchall === undefined ? undefined : defOf(def.catchall)?.type;
    return [{ fields: def.shape, isOpen: rest !== 'never' }];
  });
}

/** Schemas of a list's elements or of a record's values. */
export function elementSchemas(schema: z.ZodType | undefined): readonly z.ZodType[] {
  return unwrapped(schema).flatMap((def) => {
    const inner = def.type === 'array' ? def.element : def.type === 'record' ? def.valueType : undefined;
    return inner === undefined ? [] : [inner];
  });
}

/** Names that may stand at a path of a value of this schema: for suggestions. */
export function knownKeys(schema: z.ZodType | undefined, path: readonly PropertyKey[]): readonly string[] {
  let schemas: readonly z.ZodType[] = schema === undefined ? [] : [schema];
  for (const step of path) {
    schemas = schemas.flatMap((each) => [
      ...objectShapes(each).flatMap(({ fields }) => fields[String(step)] ?? []),
      ...elementSchemas(each),
    ]);
  }
  return schemas.flatMap((each) => objectShapes(each).flatMap(({ fields }) => Object.keys(fields)));
}

function unwrapped(schema: z.ZodType | undefined, depth = 0): readonly SchemaDef[] {
  const def = schema === undefined || depth > 20 ? undefined : defOf(schema);
  if (def === undefined) return [];
  const inner = def.innerType ?? def.in ?? (def.type === 'lazy' ? def.getter?.() : undefined);
  if (inner !== undefined) return unwrapped(inner, depth + 1);
  if (def.options !== undefined) return def.options.flatMap((option) => unwrapped(option, depth + 1));
  if (def.type === 'intersection') return [...unwrapped(def.left, depth + 1), ...unwrapped(def.right, depth + 1)];
  return [def];
}

function defOf(schema: z.ZodType): SchemaDef | undefined {
  return (schema as unknown as { readonly def?: SchemaDef }).def;
}
