export { type Adoption, type AdoptOptions, adoptModel } from './adopt/adopt-model.ts';
export type { Role, RoleMap } from './adopt/roles.ts';
export type { Check, CheckId, CheckResult, Finding } from './check.ts';
export { type CheckModelsOptions, checkModels, recordModels } from './check-models.ts';
export { CHECKS } from './checks/table.ts';
export {
  CONFIG_FILE,
  CONFIG_SCHEMA,
  type Config,
  ConfigSchema,
  parseConfig,
  readConfig,
} from './config/config.ts';
export {
  checkSettings,
  type GivenSettings,
  type Settings,
  STANDARD,
  STANDARD_DEVICES,
  TARGETS,
  type Target,
} from './config/settings.ts';
export { CHECK_DEVICES, type CheckDevice } from './devices/devices.ts';
export { diffFiles, type FilesDiff } from './diff/diff-files.ts';
export {
  type DiffOptions,
  diffGraphs,
  type GraphDiff,
  type OutputDiff,
  type Verdict,
} from './diff/diff-graphs.ts';
export { printFilesDiff } from './diff/print-diff.ts';
export type { ExportRun } from './model/model-under-check.ts';
export {
  type ModelReport,
  type Outcome,
  type Report,
  ReportSchema,
  type Status,
} from './report.ts';
export { checkFormat, FORMATS, type Format, formatReport } from './reports/formats.ts';
