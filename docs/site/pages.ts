/** What stands where on the documentation's site: files of the repository, by the pages that they become. */

export interface Page {
  /** The file, relative to the repository's root. */
  readonly file: string;
  /** Its address on the site, without an ending. */
  readonly page: string;
  /** Its name in the side bar. */
  readonly title: string;
}

export interface Section {
  readonly title: string;
  readonly pages: readonly Page[];
}

const doc = (page: string, title: string): Page => ({ file: `docs/${page}.md`, page, title });
const readme = (folder: string, page: string, title: string): Page => ({
  file: `${folder}/README.md`,
  page,
  title,
});

export const SECTIONS: readonly Section[] = [
  {
    title: 'Start',
    pages: [
      doc('getting-started', 'Getting started'),
      doc('how-it-works', 'How it works: the maths'),
      doc('errors', 'Errors by code'),
    ],
  },
  {
    title: 'Train',
    pages: [
      doc('your-own-pictures', 'Your own pictures'),
      doc('own-arrays', 'Arrays of a program'),
      doc('training-well', 'Training well'),
      doc('pictures', 'How a picture becomes an item'),
      doc('families', 'The model families'),
      doc('settings', 'Settings'),
      doc('compiled-training', 'Compiled training'),
      doc('models', 'The model zoo'),
    ],
  },
  {
    title: 'Use',
    pages: [
      doc('embeddings-and-search', 'Embeddings and search'),
      doc('editing', 'Editing'),
      doc('anomaly-detection', 'Anomaly detection'),
      doc('augmentation', 'Augmentation'),
      doc('explorer', 'The explorer'),
    ],
  },
  {
    title: 'Ship',
    pages: [
      doc('model-card', 'The model card'),
      doc('serving', 'Serving models'),
      doc('scaling-out', 'Scaling out'),
      doc('onnx-passes', 'Passes and variants'),
      doc('tfjs-layers', 'tfjs layers in ONNX'),
      doc('onnxruntime-web', 'ONNX Runtime on pages'),
      doc('checking-models', 'Checking models'),
      doc('from-pytorch', 'From PyTorch to a page'),
      doc('untrusted-models', 'Untrusted models'),
      doc('compatibility', 'Where it runs'),
      doc('devices', 'Models on GPUs'),
      doc('versions', 'What a version promises'),
      doc('mutation', 'Do the tests notice?'),
    ],
  },
  {
    title: 'Packages',
    pages: [
      readme('packages/node', 'packages/node', '@latentkit/node'),
      readme('packages/web', 'packages/web', '@latentkit/web'),
      readme('packages/core', 'packages/core', '@latentkit/core'),
      readme('packages/data', 'packages/data', '@latentkit/data'),
      readme('packages/onnx', 'packages/onnx', '@latentkit/onnx'),
      readme('packages/tfjs-to-onnx', 'packages/tfjs-to-onnx', '@latentkit/tfjs-to-onnx'),
      readme('packages/check', 'packages/check', '@latentkit/check'),
      readme('packages/explorer', 'packages/explorer', '@latentkit/explorer'),
      readme('packages/queue', 'packages/queue', '@latentkit/queue'),
      readme('packages/serve', 'packages/serve', '@latentkit/serve'),
      readme('packages/stores', 'packages/stores', '@latentkit/stores'),
      readme('training', 'packages/training', '@latentkit/training'),
      readme('packages/cli', 'packages/cli', 'latentkit'),
      doc('dependencies', 'Dependencies'),
    ],
  },
];
