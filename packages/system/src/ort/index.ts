export { requireHere } from '../module/require-here.ts';
export { loadOrt, nativeFolder } from './load-ort.ts';
export type { Ort } from './ort.ts';
export { switchTelemetryOff } from './telemetry.ts';
