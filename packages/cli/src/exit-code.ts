/** How the command ends. */
export const ExitCode = {
  /** It did what it was asked. */
  ok: 0,
  /** What it was given is wrong, or it could not be done: an invalid configuration, a taken port. */
  failed: 1,
  /** It was not understood: an unknown command or option, a value that makes no sense. */
  usage: 2,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];
