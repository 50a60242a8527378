import { ConfigSchema, ReportSchema } from '@latentkit/check';
import { toJsonSchema } from '@valibot/to-json-schema';
import type { JsonSchema } from './card-schema.ts';

const DRAFT = 'https://json-schema.org/draft/2020-12/schema';

// Checks in code have no equal in JSON Schema.
const OPTIONS = { target: 'draft-2020-12', errorMode: 'ignore' } as const;

/** The JSON Schema of `latentkit.config.json`, from the schema that it is read with. */
export function configJsonSchema(): JsonSchema {
  return {
    $schema: DRAFT,
    title: 'latentkit.config.json',
    description:
      'What latentkit check asks of the models of a repository (docs/checking-models.md).',
    ...(toJsonSchema(ConfigSchema, OPTIONS) as JsonSchema),
  };
}

/** The JSON Schema of what `latentkit check --format json` prints. */
export function checkReportJsonSchema(): JsonSchema {
  return {
    $schema: DRAFT,
    title: 'latentkit check report',
    description: 'What latentkit check --format json prints.',
    ...(toJsonSchema(ReportSchema, OPTIONS) as JsonSchema),
  };
}
