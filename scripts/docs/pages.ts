import { cardPage } from './card-page.ts';
import { cardJsonSchema } from './card-schema.ts';

/** The generated pages of docs/, by their path from the root of the repository. */
export function generatedPages(): Record<string, string> {
  const schema = cardJsonSchema();
  return {
    'docs/model-card.schema.json': `${JSON.stringify(schema, null, 2)}\n`,
    'docs/model-card.md': cardPage(schema),
  };
}
