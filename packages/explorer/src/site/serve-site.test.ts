import { writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { removeTemporaryFolders, temporaryFolder } from '../testing.ts';
import { serveSite } from './serve-site.ts';

afterAll(removeTemporaryFolders);

/** The status of an answer to a request that names a host. */
const statusFor = (url: string, host: string) =>
  new Promise<number | undefined>((resolve, reject) => {
    request(url, { headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });

test('serves a folder to this machine, with the headers that threads need', async () => {
  const folder = temporaryFolder();
  await writeFile(join(folder, 'index.html'), '<p>here</p>');
  await writeFile(join(folder, 'a.wasm'), 'x');
  const { url, close } = await serveSite(folder);
  try {
    const page = await fetch(url);
    expect(await page.text()).toBe('<p>here</p>');
    expect(page.headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(page.headers.get('cross-origin-embedder-policy')).toBe('require-corp');
    expect((await fetch(`${url}a.wasm`)).headers.get('content-type')).toBe('application/wasm');
    expect((await fetch(`${url}none`)).status).toBe(404);
    expect((await fetch(`${url}%2e%2e/%2e%2e/etc/passwd`)).status).toBe(404);
    const { host } = new URL(url);
    expect(await statusFor(url, host)).toBe(200);
    expect(await statusFor(url, `evil.test:${new URL(url).port}`)).toBe(403);
    const port = Number(new URL(url).port);
    await expect(serveSite(folder, { port })).rejects.toMatchObject({ code: 'in-use' });
    await expect(serveSite(join(folder, 'none'))).rejects.toMatchObject({ code: 'not-found' });
    await expect(serveSite(folder, { port: -1 })).rejects.toMatchObject({
      code: 'invalid-argument',
    });
  } finally {
    await close();
  }
});
