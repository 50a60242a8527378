/** How those of our packages are built that are for Node alone. */
export const nodePackage = {
  platform: 'node',
  target: 'es2023',
  sourcemap: true,
  // The declarations hold the comments that users read.
  outputOptions: { comments: { legal: true, annotation: true, jsdoc: false } },
  fixedExtension: true,
  // Compiled in: users install neither.
  deps: { alwaysBundle: [/^@latentkit\/(oip|system)/] },
} as const;
