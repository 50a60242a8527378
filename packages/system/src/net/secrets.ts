/** The URL for messages: what is in its query, and a name and password, may be secrets. */
export function withoutSecrets(url: URL): string {
  // Of a scheme that the platform does not know the origin is 'null'; `localhost:8000` has a scheme, and no host.
  const slashes = url.href.startsWith(`${url.protocol}//`) ? '//' : '';
  return `${url.protocol}${slashes}${url.host}${url.pathname}`;
}

/** A text that others wrote, such as the message of a fetch, without the secrets of the URL. */
export function scrub(text: string, url: URL): string {
  const { href, search, username, password } = url;
  let scrubbed = text.replaceAll(href, withoutSecrets(url));
  for (const secret of [search, password, decode(password), username]) {
    if (secret.length > 1) scrubbed = scrubbed.replaceAll(secret, '…');
  }
  return scrubbed;
}

/**
 * Takes name and password out of a URL: fetch refuses them there, with a message that shows them. They
 * become a header, which fetch sends to the URL's own origin only.
 */
export function separateCredentials(given: URL): {
  readonly url: URL;
  readonly headers: Record<string, string>;
} {
  const { username, password } = given;
  if (!username && !password) return { url: given, headers: {} };
  const url = new URL(given);
  url.username = '';
  url.password = '';
  const pair = Buffer.from(`${decode(username)}:${decode(password)}`).toString('base64');
  return { url, headers: { authorization: `Basic ${pair}` } };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
