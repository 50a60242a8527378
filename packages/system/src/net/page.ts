/** Whether an answer is a web page by its own word: what networks give that ask to log in, and servers for what they lack. */
export function isPage(headers: Headers): boolean {
  return /^text\/html\b/i.test(headers.get('content-type') ?? '');
}
