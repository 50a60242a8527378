const told = new Set<string>();

/**
 * Says something to the person who runs the program: as a warning of the process, on stderr, once.
 *
 * @param about what is told once only
 */
export function warnOnce(code: string, about: string, message: string): void {
  const key = `${code} ${about}`;
  if (told.has(key)) return;
  told.add(key);
  process.emitWarning(message, { type: 'LatentkitWarning', code });
}
