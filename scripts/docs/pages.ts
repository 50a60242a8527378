import { join, resolve } from 'node:path';
import { cardPage } from './card-page.ts';
import { cardJsonSchema } from './card-schema.ts';
import { checkReportJsonSchema, configJsonSchema } from './check-schemas.ts';
import { checksPage } from './checks-page.ts';
import { devicesPage } from './devices-page.ts';
import { curveGroups, drawCurves } from './models/curves.ts';
import { curveFile, modelsPage } from './models/models-page.ts';
import { readModels } from './models/read-models.ts';
import { schedulesPage } from './schedules-page.ts';
import { settingsPage } from './settings-page.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** The generated pages of docs/, by their path from the root of the repository. */
export function generatedPages(): Record<string, string> {
  const schema = cardJsonSchema();
  const models = readModels(join(ROOT, 'models'), join(ROOT, 'docs/models'));
  const curves = curveGroups(models).map((group) => [curveFile(group), drawCurves(group)]);
  return {
    'docs/model-card.schema.json': `${JSON.stringify(schema, null, 2)}\n`,
    'docs/model-card.md': cardPage(schema),
    'docs/config.schema.json': `${JSON.stringify(configJsonSchema(), null, 2)}\n`,
    'docs/check-report.schema.json': `${JSON.stringify(checkReportJsonSchema(), null, 2)}\n`,
    'docs/checking-models.md': checksPage(),
    'docs/settings.md': settingsPage(),
    'docs/training-well.md': schedulesPage(join(ROOT, 'docs/schedules')),
    'docs/devices.md': devicesPage(join(ROOT, 'docs/devices')),
    'docs/models.md': modelsPage(models),
    ...(Object.fromEntries(curves) as Record<string, string>),
  };
}
