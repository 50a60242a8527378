/**
 * `require`, as seen from the file that this code was compiled into. A CommonJS bundle has no
 * `import.meta.url` but a file name; code that is evaluated has neither, and looks from the working
 * folder. Nothing is imported here, so that a bundler for pages has nothing to trip over.
 *
 * @param process another one's modules are loaded: see {@link processOutside}
 */
export function requireHere({ getBuiltinModule } = process): NodeJS.Require {
  const { createRequire } = getBuiltinModule('node:module');
  return createRequire(
    import.meta.url ?? (typeof __filename === 'string' ? __filename : `${process.cwd()}/`),
  );
}
