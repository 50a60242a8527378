import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type Door, doorsOf, exportedBy } from './doors.ts';

/**
 * What each door of core has, and node and web beside core's first one: a name that is added or taken away is
 * added or taken away here as well, so that nobody's program loses it, or comes to lean on it, by chance.
 */
const NAMES: Record<string, { readonly values: string; readonly types: string }> = {
  '@latentkit/core': {
    values: `
      AbortedError ArgumentError BT601 CARD_FORMAT CardError DeviceError DisposedError
      FAMILIES FITS InputError IntegrityError KERNELS LatentkitError centre combineLatents
      createRandom dimensionKl findDirections fitGaussianMixture fitPicture gaussianKl
      gaussianLatent gridOf hasPrior interpolateLatents isTensor itemToPixels latentGrid
      latentPath levelsOf logLikelihood meanLatent mixtureFromCard mixtureLogDensity mixtureToCard
      orient parseCard parseColour pictureTarget pixelsToItem priorOf reductionFor restoreRandom
      rows sampleMixture samplePrior scoreThreshold similarLatents sizeOf
      standardNormalLogDensity tensor traverseLatent validateCard wholeCard`,
    types: `
      AbortSignalLike Attribute AugmentOptions Autoencoder Batch CanvasPixels Change
      CodeGrid Codebook Codes CodesLatent Colour Condition ConditionedItems ConditionedLatents DType DecodeOptions Decoded
      Decoder DeviceAttempt DeviceReport Direction DirectionOptions EditOptions EmbedOptions
      EncodeOptions Encoder ErrorCode Execution FileCard Fit FitOptions FlowLatent
      GaussianLatent GaussianMixture Golden GoldenGraph GraphCard GraphInterface GraphLink
      GraphName GraphRunOptions GraphRunner GreyWeights InterpolateOptions InterpolationPath
      ItemOptions Items LadderLatent Latent LatentCard LatentKind LatentOf LatentSpaceCard
      Latents LoadProgress MixtureComponent MixtureFit MixtureOptions ModelCard ModelFiles
      NamedTensors PictureTarget Pixels PointLatent Precision PriorSampleOptions Random
      RandomState ReadImageOptions ReconstructOptions ReducedPixels Reduction Rgb RunOptions
      SampleOptions Sampler Score ScoreOptions SimilarItemsOptions SimilarOptions StreamImageOptions
      StreamOptions StreamSource Tensor TensorDataByDType TensorInfo Traversal
      TraverseOptions WholeCard`,
  },
  '@latentkit/core/runtime': {
    values: `
      ARRAYS CardSchema GOLDEN_FILE LOAD_OPTIONS MAX_FLOAT32 OTHER_INDICES RUNS_A_WORKER STANDARD_TOLERANCE
      SingleFlight checkCallback checkChoice checkDevices checkExecution
      checkFileName checkFlag checkFloats checkInteger checkList checkMethod checkNames checkNumber checkObject
      checkOptions checkText checkThreads decodeSafetensors definitionOf describeValue
      disposeAll distanceOf encodeSafetensors endsSearch fillOutputs fitPictureBy isBytes isShared itemValues loadAutoencoder
      loadCard loadDecoder loadEncoder loadGolden loadGraphs maxBytesOf memorySource notOpened onAbort
      openAll openGraphs openOnFirst openRemote orNoModel posteriorNoise readGolden readPictures readSelfTest serve
      sizeInWords sliceRows streamPictures tensorInfoOf tensorOf throwIfAborted trust unlessAborted writeGolden`,
    types: `
      ClientPort DevicePolicy Distance GraphBytes GraphOpener LatentDefinition LineWeights
      LoadOptions ModelGraphs ModelSource OpenModel OpenOptions OpenedGraphs Passenger PictureDecoder
      PictureReader Platform ReadOptions RemoteOptions ResamplingPasses SelfTest
      SelfTestPlan ServerPort TensorFile`,
  },
  '@latentkit/core/testing': {
    values: `
      fakeAutoencoder fakeCard`,
    types: `
      FakeCardOptions FakeLatent FakeOptions`,
  },
  '@latentkit/node': {
    values: `
      createRunner encodeImages loadAutoencoder loadCard loadDecoder loadEncoder loadGolden loadGraphs
      openGraphs readImages streamImages writeImages`,
    types: `
      Device DeviceOption EncodeImageOptions ImageFormat ImageInput LoadOptions ModelGraphs OpenModel Picture
      RunnerOptions Source`,
  },
  '@latentkit/web': {
    values: `
      clearCache createRunner drawTo evict isCached loadAutoencoder loadCard loadDecoder
      loadEncoder offlineManifest prefetch readImages streamImages toBlob toImageData`,
    types: `
      AutoencoderLoader BlobOptions CacheOptions CachedQuestion CardOptions DecoderLoader
      EncoderLoader EvictOptions LivePicture LoadOptions ManifestEntry ManifestMaker
      ModelFilesOptions Offline Picture PictureInput PictureItems PrefetchOptions Prefetcher
      RunnerOpener RunnerOptions ShowOptions Source WasmPaths WebDevice`,
  },
};

const words = (list: string) => list.split(/\s+/).filter(Boolean);
const doors: Door[] = ['packages/core', 'packages/node', 'packages/web'].flatMap(doorsOf);
const exported = new Map(doors.map(({ name, file }) => [name, exportedBy(file)]));
const behind = (name: string) => {
  const found = exported.get(name);
  if (!found) throw new Error(`there is no door ${name}`);
  return found;
};

describe.each(['@latentkit/core', '@latentkit/core/runtime', '@latentkit/core/testing'])(
  '%s',
  (name) => {
    test('has the names that it should, and no others', () => {
      const { values = '', types = '' } = NAMES[name] ?? {};
      expect(behind(name)).toEqual({ values: words(values), types: words(types) });
    });
  },
);

test('a name is behind one door of core', () => {
  const names = doors
    .filter(({ name }) => name.startsWith('@latentkit/core'))
    .flatMap(({ name }) => Object.values(behind(name)).flat());
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
});

describe.each([
  ['@latentkit/node', '@latentkit/node'],
  ['@latentkit/web', '@latentkit/web'],
  ['@latentkit/web/wasm', '@latentkit/web'],
  ['@latentkit/web/webgpu', '@latentkit/web'],
])('%s', (name, listed) => {
  test("has all of core's first door, names of its own, and no others", () => {
    const core = behind('@latentkit/core');
    const { values = '', types = '' } = NAMES[listed] ?? {};
    expect(behind(name)).toEqual({
      values: [...core.values, ...words(values)].sort(),
      types: [...core.types, ...words(types)].sort(),
    });
  });
});

describe('exportedBy', () => {
  const read = (files: Record<string, string>) => {
    const folder = mkdtempSync(join(tmpdir(), 'latentkit-doors-'));
    try {
      for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
      return exportedBy(join(folder, 'index.ts'));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };

  test('tells types from values, by their new names, also of files that are passed on whole', () => {
    const found = read({
      'index.ts': "export { a, type B, c as d } from './a.ts';\nexport * from './more.ts';\n",
      'more.ts': "export type { E } from './e.ts';\nexport { f } from './f.ts';\n",
    });
    expect(found).toEqual({ values: ['a', 'd', 'f'], types: ['B', 'E'] });
  });

  test('another package is not passed on whole', () => {
    expect(() => read({ 'index.ts': "export * from 'elsewhere';\n" })).toThrow(
      "all of 'elsewhere'",
    );
  });
});
