import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { brokenModels } from '../testing/broken-models.ts';
import { sampleModels } from '../testing/sample-models.ts';
import { writeModel } from '../wire/write-model.ts';
import { onnxCheck } from './onnx-check.ts';
import { saveModelFile } from './save-model-file.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentkit-onnx-check-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function file(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

async function run(...args: string[]) {
  let out = '';
  let err = '';
  const code = await onnxCheck(args, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
  });
  return { code, out, err };
}

const sample = () => writeModel(sampleModels().get('mlp') as never);
const broken = (name: string) =>
  brokenModels.find((each) => each.name === name)?.bytes as Uint8Array;

describe('onnx-check', () => {
  test('a valid file: 0', async () => {
    const path = await file('a.onnx', sample());
    expect(await run(path)).toEqual({ code: 0, out: `${path}: valid\n`, err: '' });
  });

  test('an invalid one among valid ones: 1, with its problems', async () => {
    const good = await file('a.onnx', sample());
    const bad = await file('b.onnx', broken('unknown attribute'));
    const { code, out } = await run(bad, good);
    expect(code).toBe(1);
    expect(out).toContain(`${bad}: invalid\n  error [attributes] graph "g", node 0`);
    expect(out).toContain(`${good}: valid\n`);
  });

  test('warnings pass, unless --strict', async () => {
    const path = await file('a.onnx', broken('IR older than its operator set'));
    expect((await run(path)).out).toContain('valid, with warnings\n  warning [opset-ir]');
    expect((await run(path)).code).toBe(0);
    expect((await run('--strict', path)).code).toBe(1);
  });

  test('--json, --allow-domain, --no-infer', async () => {
    const foreign = await file('a.onnx', broken('a domain that nobody allowed'));
    const { code, out } = await run('--json', foreign);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      [foreign]: [{ rule: 'operator', severity: 'warning' }],
    });
    expect((await run('--strict', foreign)).code).toBe(1);
    expect((await run('--strict', '--allow-domain', 'org.example', foreign)).code).toBe(0);
    const shape = await file('b.onnx', broken('output declared with another size'));
    expect((await run(shape)).code).toBe(1);
    expect((await run('--no-infer', shape)).code).toBe(0);
  });

  test('what is not known here is neither valid nor invalid: 2, but for an invalid file beside it', async () => {
    const good = await file('a.onnx', sample());
    const future = await file('b.onnx', broken('IR from the future'));
    const bad = await file('c.onnx', broken('unknown attribute'));
    const { code, out } = await run(future, good);
    expect(code).toBe(2);
    expect(out).toContain(`${future}: cannot be judged here\n  unknown [known]`);
    expect((await run('--strict', future)).code).toBe(2);
    expect((await run(bad, future)).code).toBe(1);
    expect((await run(future, bad)).code).toBe(1);
  });

  test('external data must be there', async () => {
    const path = join(folder, 'a.onnx');
    const model = sampleModels().get('mlp') as never;
    await saveModelFile(path, model, { externalData: { threshold: 1 } });
    expect((await run(path)).code).toBe(0);
    await rm(`${path}.data`);
    expect((await run(path)).out).toContain('not beside the model');
  });

  test('what is no ONNX model at all is invalid: 1, as the help and the README say', async () => {
    const whole = sample();
    for (const content of [
      whole.subarray(0, whole.length / 2),
      new Uint8Array(0),
      Buffer.from('text'),
    ]) {
      const { code, out } = await run(await file('a.onnx', content));
      expect(code).toBe(1);
      expect(out).toContain(': invalid\n  error [readable]');
    }
    const said = (text: string) => /Exit code: [^.]*\./.exec(text)?.[0].replace(/\s+/g, ' ');
    const readme = await readFile(join(__dirname, '../../README.md'), 'utf8');
    expect(said((await run('--help')).out)).toBe(said(readme));
    expect(said(readme)).toContain('1 a file is invalid, or no ONNX model at all');
  });

  test('wrong usage and files that cannot be opened: 2', async () => {
    expect(await run()).toMatchObject({ code: 2, err: expect.stringContaining('no file given') });
    expect(await run('--nope')).toMatchObject({ code: 2, err: expect.stringContaining('--nope') });
    const absent = join(folder, 'absent.onnx');
    expect(await run(absent)).toEqual({
      ...{ code: 2, out: '' },
      err: `onnx-check: cannot read ${absent}: there is no such file.\n`,
    });
    // Of a name alone nobody sees where it was looked for.
    const lost = (await run('encodr.onnx')).err;
    expect(lost).toContain(`encodr.onnx: there is no such file in ${process.cwd()}.`);
    expect((await run(folder)).err).toContain('it is a folder; name the ONNX files in it.');
    expect((await run('--help')).out).toContain('Usage: onnx-check');
  });
});
