import type { Tensor } from '@tensorflow/tfjs-core';
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import { layers, model } from '@tensorflow/tfjs-layers';
import { alone, type LayerCase, merged, single, withWaves } from './testing/layer-case.ts';

const ACTIVATIONS = [
  'elu',
  'gelu',
  'gelu_new',
  'hardSigmoid',
  'linear',
  'mish',
  'relu',
  'relu6',
  'selu',
  'sigmoid',
  'softmax',
  'softplus',
  'softsign',
  'swish',
  'tanh',
] as const;

const channels = ['channelsLast', 'channelsFirst'] as const;
const both = [false, true] as const;

const core: LayerCase[] = [
  {
    layer: 'dense',
    variant: 'on vectors',
    model: () => single(layers.dense({ units: 3, activation: 'relu' }), [5]),
    operator: 'Gemm',
  },
  {
    layer: 'dense',
    variant: 'without bias',
    model: () => single(layers.dense({ units: 3, useBias: false }), [5]),
    operator: 'MatMul',
  },
  {
    layer: 'dense',
    variant: 'on sequences',
    model: () => single(layers.dense({ units: 3, activation: 'tanh' }), [4, 5]),
  },
  {
    layer: 'dense',
    variant: 'on sequences of any length',
    model: () => single(layers.dense({ units: 3 }), [null, 5]),
  },
  ...ACTIVATIONS.map(
    (activation): LayerCase => ({
      layer: 'activation',
      variant: activation,
      model: () => single(layers.activation({ activation }), [5]),
      inputs: { x: { shape: [null, 5], range: [-20, 20] } },
    }),
  ),
  {
    layer: 'dropout',
    variant: 'at inference',
    model: () => single(layers.dropout({ rate: 0.5 }), [5]),
  },
  {
    layer: 'spatialDropout1d',
    variant: 'at inference',
    model: () => single(layers.spatialDropout1d({ rate: 0.5 }), [4, 5]),
  },
  {
    layer: 'gaussianDropout',
    variant: 'at inference',
    model: () => single(layers.gaussianDropout({ rate: 0.5 }), [5]),
  },
  {
    layer: 'gaussianNoise',
    variant: 'at inference',
    model: () => single(layers.gaussianNoise({ stddev: 0.5 }), [5]),
  },
  {
    layer: 'alphaDropout',
    variant: 'at inference',
    model: () => single(layers.alphaDropout({ rate: 0.5 }), [5]),
  },
  {
    layer: 'embedding',
    variant: 'of indices',
    model: () => single(layers.embedding({ inputDim: 7, outputDim: 3 }), [4], 'int32'),
    inputs: { x: { shape: [null, 4], dtype: 'int32', range: [0, 6] } },
    operator: 'Gather',
  },
  {
    layer: 'embedding',
    variant: 'of indices as floats',
    model: () => single(layers.embedding({ inputDim: 7, outputDim: 3 }), [4]),
    inputs: { x: { shape: [null, 4], range: [0, 6] } },
  },
  {
    layer: 'embedding',
    variant: 'with a mask, followed by a layer that uses it',
    model: () => {
      const x = layers.input({ shape: [4], dtype: 'int32', name: 'x' });
      const embedded = layers
        .embedding({ inputDim: 5, outputDim: 3, maskZero: true })
        .apply(x) as SymbolicTensor;
      return withWaves(
        model({ inputs: x, outputs: layers.lstm({ units: 2 }).apply(embedded) as SymbolicTensor }),
      );
    },
    inputs: { x: { shape: [null, 4], dtype: 'int32', range: [0, 4] } },
  },
  { layer: 'flatten', variant: 'of images', model: () => single(layers.flatten(), [3, 4, 2]) },
  {
    layer: 'flatten',
    variant: 'of channels first',
    model: () => single(layers.flatten({ dataFormat: 'channelsFirst' }), [2, 3, 4]),
  },
  {
    layer: 'reshape',
    variant: 'to a known shape',
    model: () => single(layers.reshape({ targetShape: [3, 4] }), [12]),
  },
  {
    layer: 'reshape',
    variant: 'with an inferred size',
    model: () => single(layers.reshape({ targetShape: [-1, 2] }), [12]),
  },
  {
    layer: 'permute',
    variant: 'of three axes',
    model: () => single(layers.permute({ dims: [3, 1, 2] }), [2, 3, 4]),
  },
  { layer: 'repeatVector', variant: '', model: () => single(layers.repeatVector({ n: 3 }), [4]) },
  {
    layer: 'masking',
    variant: 'alone',
    model: () => single(layers.masking({ maskValue: 0 }), [4, 3]),
  },
  {
    layer: 'masking',
    variant: 'before a recurrent layer',
    model: () => {
      const x = layers.input({ shape: [4, 3], name: 'x' });
      const masked = layers.masking({ maskValue: 0 }).apply(x) as SymbolicTensor;
      return withWaves(
        model({ inputs: x, outputs: layers.gru({ units: 2 }).apply(masked) as SymbolicTensor }),
      );
    },
  },
  {
    layer: 'input',
    variant: 'of a functional model',
    model: () => {
      const x = layers.input({ shape: [4], name: 'x' });
      return withWaves(
        model({ inputs: x, outputs: layers.dense({ units: 2 }).apply(x) as SymbolicTensor }),
      );
    },
  },
  {
    layer: 'inputLayer',
    variant: 'of a sequential model',
    model: () => single(layers.dense({ units: 2 }), [4]),
  },
];

const activationLayers: LayerCase[] = [
  { layer: 'reLU', variant: '', model: () => single(layers.reLU(), [5]), operator: 'Relu' },
  {
    layer: 'reLU',
    variant: 'with a maximum',
    model: () => single(layers.reLU({ maxValue: 0.5 }), [5]),
  },
  {
    layer: 'leakyReLU',
    variant: '',
    model: () => single(layers.leakyReLU(), [5]),
    operator: 'LeakyRelu',
  },
  { layer: 'elu', variant: '', model: () => single(layers.elu(), [5]), operator: 'Elu' },
  { layer: 'prelu', variant: '', model: () => single(layers.prelu(), [3, 4]) },
  {
    layer: 'prelu',
    variant: 'with shared axes',
    model: () => single(layers.prelu({ sharedAxes: [1, 2] }), [3, 4, 2]),
  },
  {
    layer: 'softmax',
    variant: 'over the last axis',
    model: () => single(layers.softmax(), [5]),
    operator: 'Softmax',
  },
  {
    layer: 'thresholdedReLU',
    variant: '',
    model: () => single(layers.thresholdedReLU({ theta: 0.4 }), [5]),
  },
];

const mergeLayers: LayerCase[] = [
  { layer: 'add', variant: 'of three', model: () => merged(layers.add(), [4], [4], [4]) },
  { layer: 'average', variant: '', model: () => merged(layers.average(), [3, 4], [3, 4]) },
  {
    layer: 'concatenate',
    variant: 'along the last axis',
    model: () => merged(layers.concatenate(), [3, 2], [3, 4]),
    operator: 'Concat',
  },
  {
    layer: 'concatenate',
    variant: 'along the first',
    model: () => merged(layers.concatenate({ axis: 1 }), [3, 2], [1, 2]),
  },
  { layer: 'dot', variant: 'of vectors', model: () => merged(layers.dot({ axes: -1 }), [4], [4]) },
  {
    layer: 'dot',
    variant: 'of matrices, normalised',
    model: () => merged(layers.dot({ axes: 2, normalize: true }), [3, 4], [2, 4]),
    inputs: {
      x0: { shape: [null, 3, 4], range: [0.1, 1] },
      x1: { shape: [null, 2, 4], range: [0.1, 1] },
    },
  },
  { layer: 'maximum', variant: '', model: () => merged(layers.maximum(), [4], [4]) },
  { layer: 'minimum', variant: '', model: () => merged(layers.minimum(), [4], [4]) },
  { layer: 'multiply', variant: '', model: () => merged(layers.multiply(), [4], [4]) },
  {
    layer: 'multiply',
    variant: 'with broadcasting',
    model: () => merged(layers.multiply(), [3, 4], [1, 4]),
  },
];

const convolutions: LayerCase[] = [
  {
    layer: 'conv1d',
    variant: 'same, strided',
    model: () =>
      single(
        layers.conv1d({
          filters: 3,
          kernelSize: 3,
          strides: 2,
          padding: 'same',
          activation: 'relu',
        }),
        [9, 2],
      ),
    operator: 'Conv',
  },
  {
    layer: 'conv1d',
    variant: 'dilated',
    model: () => single(layers.conv1d({ filters: 3, kernelSize: 2, dilationRate: 2 }), [9, 2]),
  },
  ...channels.map(
    (dataFormat): LayerCase => ({
      layer: 'conv2d',
      variant: `${dataFormat}, strided`,
      model: () =>
        single(
          layers.conv2d({
            filters: 3,
            kernelSize: 3,
            strides: 2,
            padding: 'same',
            activation: 'relu',
            dataFormat,
          }),
          [7, 6, 2],
        ),
      operator: 'Conv',
    }),
  ),
  {
    layer: 'conv2d',
    variant: 'valid, dilated, without bias',
    model: () =>
      single(
        layers.conv2d({ filters: 3, kernelSize: [3, 2], dilationRate: 2, useBias: false }),
        [8, 7, 2],
      ),
  },
  {
    layer: 'conv3d',
    variant: 'same',
    model: () =>
      single(
        layers.conv3d({ filters: 3, kernelSize: 2, padding: 'same', activation: 'tanh' }),
        [4, 3, 5, 2],
      ),
  },
  {
    layer: 'conv3d',
    variant: 'strided',
    model: () => single(layers.conv3d({ filters: 3, kernelSize: 2, strides: 2 }), [4, 3, 5, 2]),
  },
  ...(['same', 'valid'] as const).flatMap((padding) =>
    [1, 2, 3].map(
      (strides): LayerCase => ({
        layer: 'conv2dTranspose',
        variant: `${padding}, stride ${strides}`,
        model: () =>
          single(
            layers.conv2dTranspose({ filters: 3, kernelSize: [3, 2], strides, padding }),
            [4, 5, 2],
          ),
        // Without strides, a convolution with the filter turned around is the same and faster.
        operator: strides === 1 ? 'Conv' : 'ConvTranspose',
      }),
    ),
  ),
  {
    layer: 'conv2dTranspose',
    variant: 'channels first',
    model: () =>
      single(
        layers.conv2dTranspose({
          filters: 3,
          kernelSize: 3,
          strides: 2,
          dataFormat: 'channelsFirst',
        }),
        [2, 4, 5],
      ),
  },
  ...(['same', 'valid'] as const).map(
    (padding): LayerCase => ({
      layer: 'conv3dTranspose',
      variant: padding,
      model: () =>
        single(
          layers.conv3dTranspose({ filters: 2, kernelSize: 3, strides: 2, padding }),
          [3, 2, 3, 2],
        ),
    }),
  ),
  {
    layer: 'depthwiseConv2d',
    variant: 'same, strided',
    model: () =>
      single(
        layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, strides: 2, padding: 'same' }),
        [6, 7, 3],
      ),
    operator: 'Conv',
  },
  {
    layer: 'separableConv2d',
    variant: 'same',
    model: () =>
      single(
        layers.separableConv2d({
          filters: 4,
          kernelSize: 3,
          depthMultiplier: 2,
          padding: 'same',
          activation: 'relu',
        }),
        [6, 5, 3],
      ),
  },
  {
    layer: 'cropping2D',
    variant: 'channelsLast',
    model: () =>
      single(
        layers.cropping2D({
          cropping: [
            [1, 2],
            [0, 1],
          ],
        }),
        [6, 5, 2],
      ),
  },
  {
    layer: 'cropping2D',
    variant: 'channelsFirst',
    model: () =>
      single(
        layers.cropping2D({
          cropping: [
            [1, 2],
            [0, 1],
          ],
          dataFormat: 'channelsFirst',
        }),
        [2, 6, 5],
      ),
  },
  {
    layer: 'upSampling2d',
    variant: 'nearest',
    model: () => single(layers.upSampling2d({ size: [2, 3] }), [3, 4, 2]),
    operator: 'Resize',
  },
  {
    layer: 'upSampling2d',
    variant: 'bilinear',
    model: () =>
      single(layers.upSampling2d({ size: [2, 2], interpolation: 'bilinear' }), [3, 4, 2]),
  },
  {
    layer: 'upSampling2d',
    variant: 'channels first',
    model: () =>
      single(layers.upSampling2d({ size: [2, 2], dataFormat: 'channelsFirst' }), [2, 3, 4]),
  },
  ...channels.map(
    (dataFormat): LayerCase => ({
      layer: 'zeroPadding2d',
      variant: dataFormat,
      model: () =>
        single(
          layers.zeroPadding2d({
            padding: [
              [1, 2],
              [0, 3],
            ],
            dataFormat,
          }),
          [3, 4, 2],
        ),
      operator: 'Pad',
    }),
  ),
];

const pools = (['same', 'valid'] as const).flatMap((padding): LayerCase[] => [
  {
    layer: 'maxPooling1d',
    aliases: ['maxPool1d'],
    variant: padding,
    model: () => single(layers.maxPooling1d({ poolSize: 3, strides: 2, padding }), [8, 2]),
  },
  {
    layer: 'averagePooling1d',
    aliases: ['avgPool1d', 'avgPooling1d'],
    variant: padding,
    model: () => single(layers.averagePooling1d({ poolSize: 3, strides: 2, padding }), [8, 2]),
  },
  ...channels.flatMap((dataFormat): LayerCase[] => [
    {
      layer: 'maxPooling2d',
      aliases: ['maxPool2d'],
      variant: `${padding}, ${dataFormat}`,
      model: () =>
        single(
          layers.maxPooling2d({ poolSize: [2, 3], strides: [2, 2], padding, dataFormat }),
          [5, 6, 4],
        ),
    },
    {
      layer: 'averagePooling2d',
      aliases: ['avgPool2d', 'avgPooling2d'],
      variant: `${padding}, ${dataFormat}`,
      model: () =>
        single(
          layers.averagePooling2d({ poolSize: [2, 3], strides: [2, 2], padding, dataFormat }),
          [5, 6, 4],
        ),
    },
  ]),
  {
    layer: 'maxPooling3d',
    variant: padding,
    model: () => single(layers.maxPooling3d({ poolSize: 2, padding }), [4, 5, 4, 2]),
  },
  {
    layer: 'averagePooling3d',
    aliases: ['avgPool3d', 'avgPooling3d'],
    variant: padding,
    model: () => single(layers.averagePooling3d({ poolSize: 2, padding }), [4, 5, 4, 2]),
  },
]);

const globalPools: LayerCase[] = [
  {
    layer: 'globalAveragePooling1d',
    variant: '',
    model: () => single(layers.globalAveragePooling1d(), [5, 3]),
  },
  {
    layer: 'globalMaxPooling1d',
    aliases: ['globalMaxPool1d'],
    variant: '',
    model: () => single(layers.globalMaxPooling1d(), [5, 3]),
  },
  ...channels.flatMap((dataFormat): LayerCase[] => [
    {
      layer: 'globalAveragePooling2d',
      variant: dataFormat,
      model: () => single(layers.globalAveragePooling2d({ dataFormat }), [3, 4, 2]),
    },
    {
      layer: 'globalMaxPooling2d',
      aliases: ['globalMaxPool2d'],
      variant: dataFormat,
      model: () => single(layers.globalMaxPooling2d({ dataFormat }), [3, 4, 2]),
    },
  ]),
];

const normalisations: LayerCase[] = [
  ...[[3], [4, 3], [4, 5, 3]].map(
    (shape): LayerCase => ({
      layer: 'batchNormalization',
      variant: `rank ${shape.length + 1}`,
      model: () => single(layers.batchNormalization(), shape),
    }),
  ),
  {
    layer: 'batchNormalization',
    variant: 'along another axis',
    model: () => single(layers.batchNormalization({ axis: 1 }), [3, 4, 2]),
    // tfjs's cpu backend runs through the statistics element by element whatever their axis: the graph
    // does what the layer means, so verification against this backend must fail, and name the kernel.
    refused: /FusedBatchNorm/,
  },
  {
    layer: 'batchNormalization',
    variant: 'without scale and centre',
    model: () => single(layers.batchNormalization({ scale: false, center: false }), [3]),
  },
  {
    layer: 'layerNormalization',
    variant: 'over the last axis',
    model: () => single(layers.layerNormalization(), [4, 5]),
  },
  {
    layer: 'layerNormalization',
    variant: 'over two axes',
    model: () => single(layers.layerNormalization({ axis: [1, 2] }), [4, 5]),
  },
];

const recurrents: LayerCase[] = [
  ...(['lstm', 'gru', 'simpleRNN'] as const).flatMap((name): LayerCase[] => {
    const operator = { lstm: 'LSTM', gru: 'GRU', simpleRNN: 'RNN' }[name];
    const make = (args: Record<string, unknown>) => layers[name]({ units: 3, ...args } as never);
    return [
      { layer: name, variant: 'last output', model: () => single(make({}), [4, 2]), operator },
      {
        layer: name,
        variant: 'sequences',
        model: () => single(make({ returnSequences: true }), [4, 2]),
        operator,
      },
      {
        layer: name,
        variant: 'sequences of any length',
        model: () => single(make({ returnSequences: true }), [null, 2]),
        operator,
      },
      {
        layer: name,
        variant: 'backwards',
        model: () => single(make({ returnSequences: true, goBackwards: true }), [4, 2]),
        operator,
      },
      {
        layer: name,
        variant: 'without bias',
        model: () => single(make({ useBias: false }), [4, 2]),
        operator,
      },
      {
        layer: name,
        variant: 'with other activations',
        model: () =>
          single(make({ activation: 'softsign', recurrentActivation: 'sigmoid' }), [4, 2]),
        operator,
      },
      {
        layer: name,
        variant: 'step by step, with an activation that ONNX lacks',
        model: () => single(make({ activation: 'selu' }), [3, 2]),
      },
      {
        layer: name,
        variant: 'with states in and out',
        model: () => {
          const states = name === 'lstm' ? 2 : 1;
          const inputs = [
            layers.input({ shape: [4, 2], name: 'x' }),
            ...Array.from({ length: states }, (_, i) =>
              layers.input({ shape: [3], name: `s${i}` }),
            ),
          ];
          const outputs = make({ returnState: true }).apply(inputs) as SymbolicTensor[];
          return withWaves(model({ inputs, outputs }));
        },
        operator,
      },
      {
        layer: name,
        variant: 'stateful',
        model: () => {
          const x = layers.input({ batchShape: [2, 4, 2], name: 'x' });
          return model({ inputs: x, outputs: make({ stateful: true }).apply(x) as SymbolicTensor });
        },
        refused: /stateful/,
      },
    ];
  }),
  ...(['lstmCell', 'gruCell', 'simpleRNNCell'] as const).map(
    (name): LayerCase => ({
      layer: name,
      variant: 'in rnn',
      model: () =>
        single(layers.rnn({ cell: layers[name]({ units: 3 } as never) } as never), [4, 2]),
    }),
  ),
  {
    layer: 'rnn',
    variant: 'of one cell',
    model: () =>
      single(
        layers.rnn({ cell: layers.gruCell({ units: 3 }), returnSequences: true } as never),
        [4, 2],
      ),
  },
  {
    layer: 'stackedRNNCells',
    variant: 'of two cells',
    model: () =>
      single(
        layers.rnn({
          cell: layers.stackedRNNCells({
            cells: [layers.lstmCell({ units: 3 }), layers.gruCell({ units: 2 })],
          }),
        } as never),
        [3, 2],
      ),
  },
  ...([undefined, 'sum', 'mul', 'ave', 'concat'] as const).map(
    (mergeMode): LayerCase => ({
      layer: 'bidirectional',
      variant: mergeMode ?? 'default merge',
      model: () =>
        single(
          layers.bidirectional({
            layer: layers.gru({ units: 3, returnSequences: true }),
            ...(mergeMode === undefined ? {} : { mergeMode }),
          } as never),
          [4, 2],
        ),
      operator: 'GRU',
    }),
  ),
  {
    layer: 'timeDistributed',
    variant: 'dense',
    model: () => single(layers.timeDistributed({ layer: layers.dense({ units: 3 }) }), [4, 2]),
  },
  {
    layer: 'convLstm2d',
    variant: 'sequences',
    model: () =>
      single(
        layers.convLstm2d({ filters: 2, kernelSize: 3, padding: 'same', returnSequences: true }),
        [3, 4, 4, 1],
      ),
  },
  {
    layer: 'convLstm2d',
    variant: 'last output, strided',
    model: () => single(layers.convLstm2d({ filters: 2, kernelSize: 2, strides: 2 }), [2, 5, 5, 1]),
  },
  {
    layer: 'convLstm2dCell',
    variant: 'in convLstm2d',
    model: () =>
      single(layers.convLstm2d({ filters: 1, kernelSize: 2, useBias: false }), [2, 4, 4, 1]),
  },
];

/** tfjs-layers breaks on these inside of a model (4.22), so they are exported as functions. */
const preprocessing: LayerCase[] = [
  {
    layer: 'rescaling',
    variant: '',
    model: () => single(layers.rescaling({ scale: 2, offset: -1 }), [3, 4]),
  },
  ...(['bilinear', 'nearest'] as const).flatMap((interpolation) =>
    both.map(
      (cropToAspectRatio): LayerCase => ({
        layer: 'resizing',
        variant: `${interpolation}${cropToAspectRatio ? ', corners free' : ''}`,
        model: () =>
          alone(layers.resizing({ height: 6, width: 5, interpolation, cropToAspectRatio })),
        inputs: { x: { shape: [null, 3, 4, 2] } },
        operator: 'Resize',
      }),
    ),
  ),
  {
    layer: 'centerCrop',
    variant: 'of a larger image',
    model: () => single(layers.centerCrop({ height: 3, width: 4 }), [7, 8, 2]),
  },
  {
    layer: 'centerCrop',
    variant: 'of a smaller image',
    model: () => alone(layers.centerCrop({ height: 6, width: 6 })),
    inputs: { x: { shape: [null, 4, 4, 2] } },
  },
  ...(['oneHot', 'multiHot', 'count'] as const).map(
    (outputMode): LayerCase => ({
      layer: 'categoryEncoding',
      variant: outputMode,
      model: () => {
        const layer = layers.categoryEncoding({ numTokens: 5, outputMode });
        return (x) => layer.apply(x, {}) as Tensor;
      },
      inputs: {
        x: { shape: [null, outputMode === 'oneHot' ? 1 : 3], dtype: 'int32', range: [0, 4] },
      },
    }),
  ),
  {
    layer: 'randomWidth',
    variant: '',
    model: () => alone(layers.randomWidth({ factor: [-0.4, 0.6] })),
    inputs: { x: { shape: [null, 6, 6, 2] } },
    refused: /draws a random size on every call/,
  },
];

/** Every layer of tfjs-layers: at least one case each, verified or refused. */
export const layerCases: readonly LayerCase[] = [
  ...core,
  ...activationLayers,
  ...mergeLayers,
  ...convolutions,
  ...pools,
  ...globalPools,
  ...normalisations,
  ...recurrents,
  ...preprocessing,
];

/** Exports of `tf.layers` that are classes to derive from, not layers. */
export const BASE_CLASSES = ['Layer', 'RNN', 'RNNCell'] as const;
