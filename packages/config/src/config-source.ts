/** Where a configuration comes from: a file, or a text with the folder from which it looks things up. */
export type ConfigSource =
  | { readonly file: string; readonly text?: undefined }
  | { readonly text: string; readonly folder?: string; readonly file?: undefined };
