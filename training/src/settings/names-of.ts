/** The names of the rows of a table, as `checkNames` takes them. */
export function namesOf(table: object): Readonly<Record<string, true>> {
  return Object.fromEntries(Object.keys(table).map((name) => [name, true]));
}
