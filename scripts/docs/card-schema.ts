import { CardSchema } from '@latentkit/core/runtime';
import { toJsonSchema } from '@valibot/to-json-schema';
import { CARD_FIELDS } from './card-fields.ts';

/** The parts of JSON Schema that the card's schema uses. */
export interface JsonSchema {
  $schema?: string;
  $id?: string;
  $ref?: string;
  $defs?: Record<string, JsonSchema>;
  title?: string;
  description?: string;
  type?: string;
  const?: unknown;
  enum?: readonly unknown[];
  oneOf?: JsonSchema[];
  anyOf?: JsonSchema[];
  properties?: Record<string, JsonSchema>;
  additionalProperties?: JsonSchema;
  required?: string[];
  items?: JsonSchema;
  prefixItems?: JsonSchema[];
  minItems?: number;
  maxItems?: number;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
}

/** A field by its path (`'item.shape'`, or `'Graph.inputs'` inside a definition). */
export interface Field {
  readonly path: string;
  readonly schema: JsonSchema;
  readonly required: boolean;
}

/**
 * The JSON Schema of `model.json`, from the schema that core validates with, and the descriptions of
 * card-fields.ts.
 *
 * @throws Error if a field has no description, or a description no field
 */
export function cardJsonSchema(): JsonSchema {
  const { encoder } = CardSchema.entries.graphs.entries;
  const definitions = {
    Graph: encoder,
    TensorInfo: encoder.entries.inputs.pipe[0].item,
    File: encoder.entries.files.entries.fp32,
    Variant: encoder.entries.files.entries.fp16.wrapped,
  };
  const schema = toJsonSchema(CardSchema, {
    definitions,
    target: 'draft-2020-12',
    // Checks in code (a range that is not upside down) have no equal in JSON Schema.
    errorMode: 'ignore',
  }) as JsonSchema;
  closeTuples(schema);
  const fields = fieldsOf(schema);
  const undescribed = fields.filter(({ path }) => CARD_FIELDS[path] === undefined);
  const unknown = Object.keys(CARD_FIELDS).filter((path) => !fields.some((it) => it.path === path));
  if (undescribed.length > 0 || unknown.length > 0) {
    throw new Error(
      'scripts/docs/card-fields.ts and the card schema of core do not agree. ' +
        `Without a description: ${undescribed.map(({ path }) => path).join(', ') || 'none'}. ` +
        `Without a field: ${unknown.join(', ') || 'none'}. Mend the list, then run: npm run docs`,
    );
  }
  for (const { path, schema: field } of fields) {
    // A $ref may have a description beside it in this draft, so that each use can say its own.
    field.description = CARD_FIELDS[path] as string;
  }
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'latentkit model card',
    description: 'The contents of model.json: everything that a program must know to use a model.',
    ...schema,
  };
}

/** Every field of the schema, those of definitions last; variants of a union share their fields. */
export function fieldsOf(schema: JsonSchema): Field[] {
  return [
    ...walk(schema, ''),
    ...Object.entries(schema.$defs ?? {}).flatMap(([name, definition]) => walk(definition, name)),
  ];
}

function walk(schema: JsonSchema, prefix: string): Field[] {
  const own = Object.entries(schema.properties ?? {}).flatMap(([key, property]) => {
    const path = prefix === '' ? key : `${prefix}.${key}`;
    const field = { path, schema: property, required: schema.required?.includes(key) ?? false };
    return [field, ...walk(property, path)];
  });
  const items = schema.items ? walk(schema.items, prefix) : [];
  const variants = (schema.oneOf ?? schema.anyOf ?? []).flatMap((variant) => walk(variant, prefix));
  return [...own, ...items, ...variants];
}

/** The converter leaves tuples open at the end; a tuple of two has two elements. */
function closeTuples(schema: JsonSchema): void {
  if (schema.prefixItems) schema.maxItems = schema.prefixItems.length;
  const parts = [
    ...Object.values(schema.properties ?? {}),
    ...Object.values(schema.$defs ?? {}),
    ...(schema.oneOf ?? []),
    ...(schema.anyOf ?? []),
    ...(schema.items ? [schema.items] : []),
  ];
  for (const part of parts) closeTuples(part);
}
