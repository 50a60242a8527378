export { requireHere } from '../module/require-here.ts';
export { loadOrt, nativeFolder, type Ort } from './load-ort.ts';
export { switchTelemetryOff } from './telemetry.ts';
