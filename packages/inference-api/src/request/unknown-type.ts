declare const unknownType: unique symbol;

/**
 * The `type` of a content block that is none of the named ones. It is a plain string at run time; the mark keeps
 * TypeScript's narrowing of the named types exact.
 */
export type UnknownType = string & { readonly [unknownType]: true };
