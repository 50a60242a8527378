import { CARD_FORMAT } from '@latentkit/core';
import { GOLDEN_FILE } from '@latentkit/core/runtime';
import { type Field, fieldsOf, type JsonSchema } from './card-schema.ts';

/** docs/model-card.md: the JSON Schema as a page for people. */
export function cardPage(schema: JsonSchema): string {
  const fields = mergeVariants(fieldsOf(schema));
  const definitions = Object.keys(schema.$defs ?? {});
  const inside = (name: string) => fields.filter(({ path }) => path.startsWith(`${name}.`));
  const main = fields.filter(
    ({ path }) => !definitions.some((name) => path.startsWith(`${name}.`)),
  );
  return `<!-- Written by \`npm run docs\` from the schema in packages/core; change it there. -->

# The model card

A model is a folder: \`model.json\` (the card) beside the ONNX files that it names. The card says all
that a program must know to use the model, and is validated whenever a model is loaded. Its format has
the version 1, or ${CARD_FORMAT} where the model has a prior of its own, which readers of format 1 would not heed; a card of
another version is refused with a message that says so.
[model-card.schema.json](model-card.schema.json) is the same as JSON Schema.

## Fields

${table(main)}

${definitions.map((name) => `### ${name}\n\n${table(inside(name), name)}`).join('\n\n')}

## Names in the graphs

The batch is a named dynamic dimension, and the first one, of every input and output. No graph draws
random numbers: noise is an input, drawn by the library from a seed.

| latent | encoder | decoder | more |
|---|---|---|---|
| \`gaussian\` | \`x\` → \`mean\`, \`log_var\` | \`z\` → \`mean\` (and \`logits\`) | |
| \`point\` | \`x\` → \`z\` | \`z\` → \`mean\` (and \`logits\`) | |
| \`flow\` | \`x\`, \`eps\` → \`z\`, \`mean\`, \`log_var\`, \`log_q\` | \`z\` → \`mean\` (and \`logits\`) | |
| \`ladder\` | \`x\`, \`eps\` → \`z\`, \`kl\` | \`z\` → \`mean\` (and \`logits\`) | |
| \`codes\` | \`x\` → \`indices\`, \`z_e\` | \`z_q\` → \`mean\` (and \`logits\`) | codebook: \`indices\` → \`z_q\`; prior: \`indices\` → \`logits\` |

A conditional model's decoder takes \`y\` too: its labels, one-hot. A decoder's \`mean\` is in data space
(probabilities for a Bernoulli likelihood); \`logits\` are the same before the sigmoid.

## Golden values

\`${GOLDEN_FILE}\` holds inputs of every graph (a few ordinary rows, one at rest, one at the extremes) and what
the trained model made of them, so that any runtime can be compared with it, within \`tolerance\`. It is a
[safetensors](https://huggingface.co/docs/safetensors) file, in which \`encoder/inputs/x\` is the input \`x\` of the
encoder and \`encoder/outputs/mean\` what it gave; Python's \`safetensors\` reads it. In Node,
\`loadGolden('models/mine')\` reads it and compares it with the card.

Models that were exported before this was so have a \`golden.json\`. They load and run as ever; what compares
them with their golden values refuses that file, and says to export the model again.

## Rules beyond the schema

- The first value of \`item.range\` is below the second.
- The levels of a ladder sum to its size; the size of codes is height · width · dim.
- The graphs have the inputs and outputs of the table above, in the sizes that the card states.
- Every file has the length and the SHA-256 that the card states; they are compared before use.
`;
}

/** The variants of a union repeat their common fields; a field stands in the table once. */
function mergeVariants(fields: readonly Field[]): Field[] {
  const merged = new Map<string, Field>();
  for (const field of fields) {
    const seen = merged.get(field.path);
    if (!seen) merged.set(field.path, field);
    else if (typeName(seen.schema) !== typeName(field.schema)) {
      const variants = [...(seen.schema.anyOf ?? [seen.schema]), field.schema];
      const { description } = field.schema;
      const schema = { anyOf: variants, ...(description === undefined ? {} : { description }) };
      merged.set(field.path, { ...seen, schema });
    }
  }
  return [...merged.values()];
}

function table(fields: readonly Field[], prefix = ''): string {
  const rows = fields.map(({ path, schema, required }) => {
    const name = prefix === '' ? path : path.slice(prefix.length + 1);
    const cells = [
      `\`${name}\`${required ? '' : ' (optional)'}`,
      typeName(schema).replaceAll('|', '\\|'),
      schema.description ?? '',
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return ['| field | type | meaning |', '|---|---|---|', ...rows].join('\n');
}

function typeName(schema: JsonSchema): string {
  if (schema.$ref) return schema.$ref.replace('#/$defs/', '');
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum) return schema.enum.map((value) => `\`${JSON.stringify(value)}\``).join(' | ');
  const variants = schema.oneOf ?? schema.anyOf;
  if (variants) return [...new Set(variants.map(typeName))].join(' | ');
  switch (schema.type) {
    case 'array':
      return schema.prefixItems
        ? `[${schema.prefixItems.map(typeName).join(', ')}]`
        : `list of ${schema.items ? typeName(schema.items) : 'anything'}`;
    case 'object':
      return schema.additionalProperties
        ? `object of ${typeName(schema.additionalProperties)} by name`
        : 'object';
    case 'integer':
    case 'number': {
      const { minimum, exclusiveMinimum } = schema;
      if (exclusiveMinimum !== undefined) return `${schema.type} > ${exclusiveMinimum}`;
      return minimum === undefined ? schema.type : `${schema.type} ≥ ${minimum}`;
    }
    default:
      return schema.type ?? 'anything';
  }
}
