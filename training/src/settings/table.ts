import { DATA_SETTINGS } from './rows/data-settings.ts';
import { MODEL_SETTINGS } from './rows/model-settings.ts';
import { OBJECTIVE_SETTINGS } from './rows/objective-settings.ts';
import { RUN_SETTINGS } from './rows/run-settings.ts';
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
