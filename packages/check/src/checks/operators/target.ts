import { type Check, error, type Finding } from '../../check.ts';
import type { Target } from '../../config/settings.ts';
import { nodesOf, operatorOf } from '../../model/operators.ts';
import { listed } from '../../numbers/format.ts';
import { eachGraph } from '../graph/per-graph.ts';
import { WEBGPU_OPERATORS } from './webgpu-operators.ts';

/** What a target runs. */
interface Abilities {
  /** Domains whose operators it has; `''` is ONNX's own. */
  readonly domains: readonly string[];
  /** Operators that it has, where that is not all of its domains. */
  readonly operators?: ReadonlySet<string>;
  /** Types of inputs and outputs that it takes, where that is not all of them. */
  readonly types?: readonly string[];
}

/** Domains whose operators ONNX Runtime has; `''` is ONNX's own. */
export const ONNX_RUNTIME = ['', 'ai.onnx', 'ai.onnx.ml', 'com.microsoft'];

const ABILITIES: Readonly<Record<Target, Abilities>> = {
  node: { domains: ONNX_RUNTIME },
  wasm: {
    domains: ONNX_RUNTIME,
    types: [
      'float32',
      'float16',
      'int32',
      'int64',
      'uint8',
      'int8',
      'uint32',
      'bool',
      'string',
      'uint64',
      'float64',
    ],
  },
  webgpu: {
    domains: ['', 'ai.onnx', 'com.microsoft'],
    operators: WEBGPU_OPERATORS,
    types: ['float32', 'float16', 'int32', 'uint32', 'int64', 'bool', 'uint8', 'int8'],
  },
  // The ONNX Runtime backend, whose configuration names no type for half of ONNX's.
  triton: {
    domains: ONNX_RUNTIME,
    types: [
      'float32',
      'float16',
      'float64',
      'int8',
      'int16',
      'int32',
      'int64',
      'uint8',
      'uint16',
      'uint32',
      'uint64',
      'bool',
      'string',
      'bfloat16',
    ],
  },
};

export const operatorsTarget: Check = {
  id: 'operators/target',
  summary: 'every operator and type is one that the targets have',
  remedy:
    'Export with other operators, or leave the target out of targets in latentkit.config.json.',
  needs: ['graph/readable'],
  run: (model) =>
    eachGraph(model, async ({ file }) => {
      const { graph } = await model.model(file);
      const nodes = [...nodesOf(graph)];
      return model.settings.targets.flatMap((target) => {
        const { domains, operators, types } = ABILITIES[target];
        const findings: Finding[] = [];
        const foreign = nodes.filter(({ domain }) => !domains.includes(domain));
        const lacking = nodes.filter(
          (node) => operators && !foreign.includes(node) && !operators.has(operatorOf(node)),
        );
        const missing = [...new Set([...foreign, ...lacking].map(operatorOf))];
        if (missing.length > 0) findings.push(error(`${target} has no ${listed(missing)}`, file));
        for (const { name, type } of [...graph.inputs, ...graph.outputs]) {
          const found = type.kind === 'tensor' ? type.dtype : type.kind;
          if (types && !types.includes(found)) {
            findings.push(error(`${target} takes no ${found}, which '${name}' is`, file));
          }
        }
        return findings;
      });
    }),
};
