import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { cacheFolder } from './cache-folder.ts';

const VARIABLES = ['LATENTKIT_CACHE', 'XDG_CACHE_HOME', 'LOCALAPPDATA'] as const;
const before = { env: { ...process.env }, platform: process.platform };

beforeEach(() => {
  for (const name of VARIABLES) delete process.env[name];
});
afterEach(() => {
  for (const name of VARIABLES) {
    if (before.env[name] === undefined) delete process.env[name];
    else process.env[name] = before.env[name];
  }
  runOn(before.platform);
});

function runOn(platform: NodeJS.Platform): void {
  Object.defineProperty(process, 'platform', { ...PLATFORM, value: platform });
}
const PLATFORM = Object.getOwnPropertyDescriptor(process, 'platform');

const inHome = (...names: string[]) => join(homedir(), ...names);
type Given = Partial<Record<(typeof VARIABLES)[number], string>>;

test.each<[NodeJS.Platform, Given, string]>([
  ['linux', {}, inHome('.cache', 'latentkit')],
  ['linux', { XDG_CACHE_HOME: '/var/caches' }, '/var/caches/latentkit'],
  ['linux', { XDG_CACHE_HOME: '' }, inHome('.cache', 'latentkit')],
  ['linux', { XDG_CACHE_HOME: 'caches' }, inHome('.cache', 'latentkit')],
  ['freebsd', { LOCALAPPDATA: '/local' }, inHome('.cache', 'latentkit')],
  ['darwin', {}, inHome('Library', 'Caches', 'latentkit')],
  ['darwin', { XDG_CACHE_HOME: '/var/caches' }, inHome('Library', 'Caches', 'latentkit')],
  ['win32', {}, inHome('AppData', 'Local', 'latentkit', 'Cache')],
  ['win32', { LOCALAPPDATA: '' }, inHome('AppData', 'Local', 'latentkit', 'Cache')],
  ['win32', { LOCALAPPDATA: '/local' }, join('/local', 'latentkit', 'Cache')],
  ['linux', { LATENTKIT_CACHE: '' }, inHome('.cache', 'latentkit')],
  ['linux', { LATENTKIT_CACHE: '', XDG_CACHE_HOME: '/var/caches' }, '/var/caches/latentkit'],
])('on %s with %p it is %s', (platform, given, expected) => {
  runOn(platform);
  Object.assign(process.env, given);
  expect(cacheFolder()).toBe(expected);
});

test.each(['linux', 'darwin', 'win32'] as const)(
  'on %s it is what LATENTKIT_CACHE says, a relative path from the working folder',
  (platform) => {
    runOn(platform);
    const others = { XDG_CACHE_HOME: '/var/caches', LOCALAPPDATA: '/local' };
    for (const folder of ['/srv/models', 'out/cache']) {
      Object.assign(process.env, others, { LATENTKIT_CACHE: folder });
      expect(cacheFolder()).toBe(folder);
    }
  },
);
