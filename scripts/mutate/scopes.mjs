/**
 * What is mutated, by name: the files, the jest project, and the tests that have to notice, which are
 * those beside the code. Every file of core that holds behaviour belongs to a room, or to the ground that
 * the rooms stand on.
 */
const CORE_SOURCES = 'packages/core/src';
const ROOMS = [
  'latents',
  'latent-space',
  'images',
  'batch',
  'card',
  'run',
  'load',
  'model',
  'remote',
  'errors',
  'golden',
];

const folder = (project, path) => ({
  project,
  files: [`${path}/**/*.ts`],
  tests: [`${path}/**/*.test.ts`],
});

export const SCOPES = {
  ...Object.fromEntries(ROOMS.map((room) => [room, folder('core', `${CORE_SOURCES}/${room}`)])),
  ground: {
    project: 'core',
    files: [`${CORE_SOURCES}/*.ts`],
    tests: [`${CORE_SOURCES}/*.test.ts`],
  },
  judge: folder('training', 'training/src/judge'),
  checker: folder('onnx', 'packages/onnx/src/check'),
};

/** The scopes that `npm run mutate` takes when none is named: all of core. */
export const CORE = Object.keys(SCOPES).filter((name) => SCOPES[name].project === 'core');
