/** An argument as a shell takes it: quoted where it holds what a shell would take for its own. */
export function quoteArgument(text: string): string {
  return /^[\w./:@%+,=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** The arguments of a command as a shell takes them apart, where they are quoted as by {@link quoteArgument}. */
export function splitArguments(command: string): string[] {
  const words = command.match(/(?:'[^']*'|\\.|[^\s'\\])+/g) ?? [];
  return words.map((word) => word.replace(/'([^']*)'|\\(.)/g, '$1$2'));
}
