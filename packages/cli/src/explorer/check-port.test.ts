import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from '@jest/globals';
import { checkPort } from './check-port.ts';

test.each([99_999, -1, 65_536])('%d is no port', async (port) => {
  await expect(checkPort(port)).rejects.toThrow(
    `--port: expected an integer from 0 to 65535, received ${port}`,
  );
});

test('a port that is taken is refused, one that is free is left free', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await expect(checkPort(port)).rejects.toMatchObject({ code: 'in-use' });
  await new Promise((resolve) => server.close(resolve));
  await checkPort(port);
  await checkPort(port);
  await checkPort(0);
});
