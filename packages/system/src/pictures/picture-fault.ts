import { withoutStop } from '../without-stop.ts';

/** What is wrong with a picture, in words to follow its name, from what sharp threw. */
export function pictureFault(cause: unknown): string {
  const { message } = cause as Error;
  if (/unsupported image format/i.test(message)) {
    return 'it is no picture of a known format (PNG, JPEG, WebP, GIF, AVIF, TIFF)';
  }
  if (/^Input .* is empty/.test(message)) return 'it is empty';
  if (/exceeds pixel limit/i.test(message)) {
    return 'it has more than 268 million pixels, which is the limit';
  }
  const lines = message.split('\n').filter((line) => !ASIDE.test(line));
  // Some runs of libvips keep the warning's own words to themselves.
  if (lines[0] === undefined) return 'it is damaged or cut off';
  const said = lines[0].replace(/^Input \w+ has corrupt header:/, '').trim();
  const reason = withoutStop(said);
  if (!DAMAGE.test(message)) return reason;
  return `it is damaged or cut off${reason && ` (${reason})`}`;
}

/** Lines that decoders put around what they have to say. */
const ASIDE = /^(Warning treated as error|source: bad seek)/;
/** What decoders say of files that are not whole. */
const DAMAGE = /corrupt|premature|truncated|end of|read error|invalid|failOn/i;
