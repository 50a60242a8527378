import type { io } from '@tensorflow/tfjs-core';
import { ExportError } from '../error.ts';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type JsonObject = { [key: string]: Json };

/**
 * Reads the `model.json` of a Keras 3 model, which tfjs-layers (4.22) cannot load of itself:
 *
 * ```ts
 * const model = await tf.loadLayersModel(fromKeras3(tf.io.fileSystem('model.json')));
 * const { bytes } = await toOnnx(model);
 * ```
 *
 * Keras 3 calls `batch_shape` what tfjs knows as `batch_input_shape`, writes types as policies
 * (`DTypePolicy`), calls of layers as arguments that hold `__keras_tensor__`s, and weights under the name of
 * their model. What tfjs-layers would load and compute otherwise than Keras 3 does is refused: hard sigmoids,
 * slopes and thresholds of ReLU, groups of a convolution, kept dimensions of a global pooling. Files of older
 * versions come through as they are.
 *
 * @throws ExportError `unsupported`, when the model is loaded, with every layer that cannot be read
 */
export function fromKeras3(handler: io.IOHandler): io.IOHandler {
  return {
    load: async () => {
      if (handler.load === undefined) {
        throw new ExportError(
          'invalid-argument',
          'The handler has no load method to read a model by.',
        );
      }
      return fromKeras3Artifacts(await handler.load());
    },
  };
}

function fromKeras3Artifacts(artifacts: io.ModelArtifacts): io.ModelArtifacts {
  const { modelTopology, weightSpecs } = artifacts;
  if (!isObject(modelTopology as Json)) return artifacts;
  const topology = modelTopology as JsonObject;
  const model = topology['model_config'] ?? topology;
  if (!isObject(model) || !isKeras3(topology, model)) return artifacts;
  const problems: string[] = [];
  const translated = translateModel(model, problems);
  if (problems.length > 0) {
    throw new ExportError(
      'unsupported',
      `tfjs-layers cannot compute what this Keras 3 model does:\n${problems.map((problem) => `  - ${problem}`).join('\n')}\nReplace these layers in Keras, or export the model to ONNX there.`,
      { problems },
    );
  }
  const prefix = `${nameOf(model)}/`;
  const layers = new Set(layersOf(model).map(nameOf));
  const plain = (name: string) => {
    const [first, second] = name.split('/');
    const isPrefixed = name.startsWith(prefix) && second !== undefined && layers.has(second);
    return isPrefixed && !layers.has(first as string) ? name.slice(prefix.length) : name;
  };
  return {
    ...artifacts,
    modelTopology: translated,
    ...(weightSpecs === undefined
      ? {}
      : { weightSpecs: weightSpecs.map((spec) => ({ ...spec, name: plain(spec.name) })) }),
  };
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Its version says so, or, where a converter left that out, what only Keras 3 writes. */
const isKeras3 = (topology: JsonObject, model: JsonObject): boolean =>
  String(topology['keras_version'] ?? '').startsWith('3.') ||
  layersOf(model).some(({ module, config }) => {
    const settings = isObject(config) ? config : {};
    return (
      module !== undefined || settings['batch_shape'] !== undefined || isObject(settings['dtype'])
    );
  });

const configOf = (object: JsonObject): JsonObject =>
  isObject(object['config']) ? object['config'] : {};

const nameOf = (object: JsonObject): string =>
  String(configOf(object)['name'] ?? object['name'] ?? '');

function layersOf(model: JsonObject): JsonObject[] {
  const layers = configOf(model)['layers'];
  return Array.isArray(layers) ? layers.filter(isObject) : [];
}

const isModel = (layer: JsonObject): boolean => Array.isArray(configOf(layer)['layers']);

function translateModel(model: JsonObject, problems: string[]): JsonObject {
  const config = configOf(model);
  const layers = layersOf(model).map((layer) => translateLayer(layer, problems));
  const ends = (key: string): JsonObject =>
    config[key] === undefined ? {} : { [key]: references(config[key] as Json) };
  return {
    class_name: model['class_name'] ?? 'Functional',
    config: {
      name: config['name'] ?? 'model',
      layers,
      ...ends('input_layers'),
      ...ends('output_layers'),
    },
  };
}

/** Keras 3 writes one input or output of a model without a list around it, and named ones as an object. */
function references(value: Json): Json {
  if (Array.isArray(value)) return typeof value[0] === 'string' ? [value] : value;
  return isObject(value) ? Object.values(value) : [];
}

function translateLayer(layer: JsonObject, problems: string[]): JsonObject {
  const name = nameOf(layer);
  const inner = isModel(layer)
    ? translateModel(layer, problems)
    : { class_name: layer['class_name'] ?? '', config: translateConfig(layer, problems) };
  const calls = Array.isArray(layer['inbound_nodes']) ? layer['inbound_nodes'] : [];
  return {
    ...inner,
    name,
    inbound_nodes: calls.map((call) => translateCall(name, call, problems)),
  };
}

function translateConfig(layer: JsonObject, problems: string[]): JsonObject {
  const { batch_shape: batchShape, ...config } = plainValue(configOf(layer)) as JsonObject;
  const type = String(layer['class_name']);
  const refuse = (what: string) => problems.push(`${type} '${nameOf(layer)}': ${what}`);
  if (batchShape !== undefined) config['batch_input_shape'] = batchShape;
  for (const key of ['activation', 'recurrent_activation']) {
    if (config[key] === 'silu') config[key] = 'swish';
    if (config[key] === 'hard_sigmoid') refuse('hard_sigmoid has another slope in Keras 3');
  }
  const slope = config['negative_slope'] ?? 0;
  if (type === 'LeakyReLU') config['alpha'] = slope;
  else if (slope !== 0) refuse(`negative_slope ${slope}`);
  if (type === 'ReLU' && (config['threshold'] ?? 0) !== 0)
    refuse(`threshold ${config['threshold']}`);
  if (typeof config['groups'] === 'number' && config['groups'] !== 1)
    refuse(`groups ${config['groups']}`);
  if (type.startsWith('Global') && config['keepdims'] === true) refuse('keepdims');
  return config;
}

/** Types by name instead of by policy, functions by name; weights stay float32 where a policy mixes types. */
function plainValue(value: Json): Json {
  if (Array.isArray(value)) return value.map(plainValue);
  if (!isObject(value)) return value;
  const type = value['class_name'];
  if (type === 'DTypePolicy') {
    const name = String(configOf(value)['name'] ?? 'float32');
    return name.startsWith('mixed_') ? 'float32' : name;
  }
  if (type === 'function') return String(value['config']);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plainValue(inner)]));
}

/** The tensors of one call of a layer, as [layer, call, output, arguments]. */
function translateCall(name: string, call: Json, problems: string[]): Json {
  if (!isObject(call)) return call;
  for (const [key, value] of Object.entries(isObject(call['kwargs']) ? call['kwargs'] : {})) {
    // A mask is found by tfjs itself, as it was by Keras.
    if (value === null || value === false || key === 'mask') continue;
    problems.push(`'${name}' is called with ${key}`);
  }
  return tensorsIn(call['args'] ?? []).map((history) => [...history, {}]);
}

function tensorsIn(value: Json): Json[][] {
  if (Array.isArray(value)) return value.flatMap(tensorsIn);
  if (!isObject(value)) return [];
  const history = configOf(value)['keras_history'];
  return value['class_name'] === '__keras_tensor__' && Array.isArray(history) ? [history] : [];
}
