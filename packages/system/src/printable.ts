// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const CONTROLS = /[\u0000-\u001f\u007f-\u009f]/g;

/**
 * A name as it may be written on a terminal: control characters, which file names may hold, would move the cursor, colour
 * what follows, or begin a line that looks like ours. They are written as in JSON, `\u001b`.
 */
export function printableName(name: string): string {
  return name.replace(CONTROLS, escaped);
}

/** What cannot be read, and why, as it may be written on a terminal. */
export function formatFault({
  id,
  reason,
}: {
  readonly id: string;
  readonly reason: string;
}): string {
  return `${printableName(id)}: ${reason}`;
}

/** Lines as they may be written on a terminal; JSON among them still means the same. */
export function printableLines(text: string): string {
  return text.replace(CONTROLS, (control) =>
    control === '\n' || control === '\t' ? control : escaped(control),
  );
}

function escaped(control: string): string {
  return `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
