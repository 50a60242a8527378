/** What the command's exit code says; `latentkit --help` lists them. */
export const EXIT = {
  ok: 0,
  failure: 1,
  usage: 2,
  interrupted: 130,
} as const;
