/** What differs between reports as they are kept and as they would be written: a line each. */
export function differences(
  kept: Readonly<Record<string, string>>,
  made: Readonly<Record<string, string>>,
): string[] {
  const names = [...new Set([...Object.keys(kept), ...Object.keys(made)])].sort();
  return names.flatMap((name) => {
    const [before, after] = [kept[name], made[name]];
    if (before === after) return [];
    if (before === undefined) return [`${name} is missing`];
    if (after === undefined) return [`${name} reports on a door that is not there any more`];
    return [`${name} differs: ${firstDifference(before.split('\n'), after.split('\n'))}`];
  });
}

function firstDifference(before: readonly string[], after: readonly string[]): string {
  const length = Math.max(before.length, after.length);
  for (let i = 0; i < length; i++) {
    if (before[i] === after[i]) continue;
    const quote = (line: string | undefined) =>
      line === undefined ? 'the end' : `'${line.trim()}'`;
    return `line ${i + 1} was ${quote(before[i])} and is ${quote(after[i])}`;
  }
  return 'the ends of lines';
}
