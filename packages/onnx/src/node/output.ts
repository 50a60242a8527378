/** Where a command writes. */
export interface Output {
  out: (text: string) => unknown;
  err: (text: string) => unknown;
}
