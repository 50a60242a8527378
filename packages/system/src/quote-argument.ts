/** An argument as a shell takes it: quoted where it holds what a shell would take for its own. */
export function quoteArgument(text: string): string {
  return /^[\w./:@%+,=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
