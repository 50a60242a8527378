/** What is given in the place of arguments, mostly wrong. */
export const ANYTHING: readonly unknown[] = [
  undefined,
  null,
  3,
  -1.5,
  'text',
  {},
  [],
  new Float32Array(2),
];

/** Up to three of them: each alone, each pair, and each triple of which the first is repeated. */
export const CALLS: readonly (readonly unknown[])[] = [
  [],
  ...ANYTHING.map((a) => [a]),
  ...ANYTHING.flatMap((a) => ANYTHING.map((b) => [a, b])),
  ...ANYTHING.flatMap((a) => ANYTHING.map((b) => [a, a, b])),
];

/** What a call may be answered by, in milliseconds: more is a hang. */
const PATIENCE = 10_000;

/**
 * Calls a function with anything, and says for which arguments it neither answered nor threw an error that
 * `isOurs` knows.
 */
export async function strayErrors(
  call: (...args: unknown[]) => unknown,
  isOurs: (error: unknown) => boolean,
  calls: readonly (readonly unknown[])[] = CALLS,
): Promise<string[]> {
  const stray: string[] = [];
  for (const args of calls) {
    try {
      await within(PATIENCE, () => settle(call(...args)));
    } catch (error) {
      if (!isOurs(error)) stray.push(`(${args.map(show).join(', ')}): ${error}`);
    }
  }
  return stray;
}

/** The answer; a generator checks what it was given when it is first asked. */
async function settle(answer: unknown): Promise<unknown> {
  const value = await answer;
  return typeof value === 'object' && value !== null && 'next' in value
    ? (value as Iterator<unknown>).next()
    : value;
}

async function within<T>(ms: number, work: () => Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}

function show(value: unknown): string {
  if (value instanceof Float32Array) return `Float32Array(${value.length})`;
  return value === undefined ? 'undefined' : JSON.stringify(value);
}
