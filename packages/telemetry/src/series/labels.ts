/** Values of labels by name. */
export type Labels = Readonly<Record<string, string>>;
