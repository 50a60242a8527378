import { densityContours } from './contours.ts';

/** Answers each message of positions with their lines of density, so that no frame waits for them. */
addEventListener('message', ({ data }: MessageEvent<Float32Array>) => {
  const found = densityContours(data);
  const transfer = found.flatMap(({ rings }) => rings.map(({ buffer }) => buffer));
  postMessage(found, { transfer });
});
