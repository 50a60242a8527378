/** What is wrong with a picture, in words to follow its name, from what sharp threw. */
export function pictureFault(cause: unknown): string {
  const { message } = cause as Error;
  if (/unsupported image format/i.test(message)) {
    return 'it is no picture of a known format (PNG, JPEG, WebP, GIF, AVIF, TIFF)';
  }
  if (/exceeds pixel limit/i.test(message)) {
    return 'it has more than 268 million pixels, which is the limit';
  }
  return (message.split('\n')[0] ?? '').trim().replace(/\.$/, '');
}
