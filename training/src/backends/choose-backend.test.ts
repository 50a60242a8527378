import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import util from 'node:util';
import { afterAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import type { BackendName } from '../settings/choices.ts';
import { errorOf, nativeHalfIsHere, removeTemporaryFolders, temporaryFolder } from '../testing.ts';
import { chooseBackend } from './choose-backend.ts';
import { loadTfjsNode } from './tfjs-node.ts';

const require = createRequire(__filename);

/** A product, so that something has run; the value tells whether it ran well. */
const product = () => tf.tidy(() => tf.matMul(tf.ones([2, 5]), tf.ones([5, 2])).dataSync()[3]);

describe('chooseBackend', () => {
  test.each([
    ['wasm', 'wasm'],
    ['cpu', 'cpu'],
  ] as const)('opens %s when asked for it', async (name, registered) => {
    const chosen = await chooseBackend(name);
    expect(chosen).toMatchObject({ name, passedOver: [] });
    expect(chosen.reason).toMatch(/asked for/);
    expect(tf.getBackend()).toBe(registered);
    expect(product()).toBe(5);
  });

  test('auto takes tfjs-node where its native half is, else wasm, and says why', async () => {
    const chosen = await chooseBackend('auto');
    const expected = nativeHalfIsHere() ? 'tfjs-node' : 'wasm';
    expect(chosen.name).toBe(expected);
    expect(chosen.reason).toMatch(expected === 'wasm' ? /WebAssembly/ : /native TensorFlow/);
    expect(chosen.passedOver.map(({ name }) => name)).toEqual(
      expected === 'wasm' ? ['tfjs-node'] : [],
    );
    expect(product()).toBe(5);
  });

  test('tfjs-node, asked for: it runs, or the error says how to set it up', async () => {
    if (nativeHalfIsHere()) {
      expect((await chooseBackend('tfjs-node')).name).toBe('tfjs-node');
      expect(tf.getBackend()).toBe('tensorflow');
      expect(product()).toBe(5);
    } else {
      const error = await errorOf(() => chooseBackend('tfjs-node'));
      expect(error.code).toBe('missing-dependency');
      expect(error.message).toContain('npm run setup:tfjs-node');
    }
  });

  test('refuses a name that it does not know', async () => {
    const error = await errorOf(() => chooseBackend('quantum' as BackendName));
    expect(error.code).toBe('invalid-argument');
    expect(error.message).toContain("'quantum'");
  });
});

describe('loadTfjsNode', () => {
  afterAll(removeTemporaryFolders);

  test('does not touch a package without its native half', () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'index.js'), 'throw new Error("it was loaded")');
    expect(() => loadTfjsNode(folder, require)).toThrow(/without its native half.*setup:tfjs-node/);
  });

  test('lends the package what newer versions of Node took from node:util', () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'lib', 'napi-v8'), { recursive: true });
    writeFileSync(join(folder, 'lib', 'napi-v8', 'tfjs_binding.node'), '');
    writeFileSync(
      join(folder, 'index.js'),
      `const util = require('util');
       const answers = [null, undefined, 0, []].map((value) => [util.isNullOrUndefined(value), util.isArray(value)]);
       if (String(answers) !== 'true,false,true,false,false,false,false,true') throw new Error(String(answers));`,
    );
    const target = util as unknown as Record<string, unknown>;
    const own = target['isNullOrUndefined'];
    delete target['isNullOrUndefined'];
    try {
      expect(() => loadTfjsNode(folder, require)).not.toThrow();
    } finally {
      target['isNullOrUndefined'] = own;
    }
  });

  test('says what to do about a native half that does not load', () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'lib', 'napi-v8'), { recursive: true });
    const addon = join(folder, 'lib', 'napi-v8', 'tfjs_binding.node');
    writeFileSync(addon, 'not a library');
    writeFileSync(
      join(folder, 'index.js'),
      `process.dlopen({ exports: {} }, ${JSON.stringify(addon)})`,
    );
    expect(() => loadTfjsNode(folder, require)).toThrow(/does not load.*delete its folder lib/);
  });
});
