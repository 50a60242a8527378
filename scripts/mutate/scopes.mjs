/**
 * What is mutated, by name: the files, and the tests that have to notice, which are those beside the code, and of
 * the latent kinds also those of the models that use them. Every file of core that holds behaviour belongs to a
 * room, or to the ground that the rooms stand on.
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

const folder = (path) => ({ files: [`${path}/**/*.ts`], tests: [`${path}/**/*.test.ts`] });
const latents = folder(`${CORE_SOURCES}/latents`);

const CORE_SCOPES = {
  ...Object.fromEntries(ROOMS.map((room) => [room, folder(`${CORE_SOURCES}/${room}`)])),
  latents: { ...latents, tests: [...latents.tests, `${CORE_SOURCES}/model/**/*.test.ts`] },
  ground: { files: [`${CORE_SOURCES}/*.ts`], tests: [`${CORE_SOURCES}/*.test.ts`] },
};

/** What models are judged by, a room at a time, each by its own tests: those of the whole take seconds for every change. */
const JUDGE = 'training/src/judge';
const JUDGE_SCOPES = Object.fromEntries(
  ['latents', 'likelihood', 'samples'].map((room) => [`judge/${room}`, folder(`${JUDGE}/${room}`)]),
);

/** What the rooms of the judge stand around. Beside them lies what reads folders and orders figures: its tests train models. */
const FIGURES = ['auroc', 'reconstruction', 'test-items'];

/** The formulas of the training objective. */
const FAMILIES = 'training/src/families';
const FORMULAS = ['likelihood', 'gaussian-posterior', 'bounds', 'importance-weights'];

export const SCOPES = {
  ...CORE_SCOPES,
  ...JUDGE_SCOPES,
  'judge/figures': {
    files: FIGURES.map((name) => `${JUDGE}/${name}.ts`),
    tests: FIGURES.map((name) => `${JUDGE}/${name}.test.ts`),
  },
  checker: folder('packages/onnx/src/check'),
  likelihoods: {
    files: FORMULAS.map((name) => `${FAMILIES}/${name}.ts`),
    tests: FORMULAS.map((name) => `${FAMILIES}/${name}.test.ts`),
  },
};

/** The scopes that `npm run mutate` takes when none is named: all of core. */
export const CORE = Object.keys(CORE_SCOPES);
