/**
 * The process as native code knows it. Jest runs tests in a realm of their own, with a copy of `process`
 * and of its environment, and with modules of their own, one set for each test file. What there is once
 * in a process (a native library, the environment) is reached from outside; elsewhere this is `process`.
 */
export function processOutside(): NodeJS.Process {
  // Its functions are of this realm: to ask by a script would take half a millisecond.
  if ((process.getBuiltinModule as object) instanceof Function) return process;
  const { runInThisContext } = process.getBuiltinModule('node:vm');
  return (runInThisContext('globalThis.process') as NodeJS.Process | undefined) ?? process;
}
