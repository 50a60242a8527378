import { DATA_SETTINGS } from './data-settings.ts';
import { MODEL_SETTINGS } from './model-settings.ts';
import { OBJECTIVE_SETTINGS } from './objective-settings.ts';
import { RUN_SETTINGS } from './run-settings.ts';
import type { Table } from './setting.ts';

/** Every setting of a run but where it is kept, by the key it has in a configuration. Those of the data are one level down. */
export const SETTINGS = { ...MODEL_SETTINGS, ...OBJECTIVE_SETTINGS, ...RUN_SETTINGS };

/** The same in groups, as a reader is shown them; the first is that of a configuration's `data`. */
export const SETTING_GROUPS: readonly { readonly title: string; readonly table: Table }[] = [
  { title: 'Data', table: DATA_SETTINGS },
  { title: 'Model', table: MODEL_SETTINGS },
  { title: 'Objective', table: OBJECTIVE_SETTINGS },
  { title: 'Optimisation', table: RUN_SETTINGS },
];

export { DATA_SETTINGS };
