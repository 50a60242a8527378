import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from '@jest/globals';
import { JSON_LENGTH, readBody, readTensors, writeBody } from '@latentkit/oip';
import { tinyItems, tinyMeans, tinyModel } from '../../../../test/fixtures/tiny-model.ts';
import { answerOf, getJson, inferJson, inputOf, serveTiny } from '../testing.ts';
import type { AnswerReport } from './answer-report.ts';

const items = tinyItems(3);
const means = [...tinyMeans(items)].map((mean) => expect.closeTo(mean, 5));

describe('a server', () => {
  test('says what it is, that it lives and is ready, and what it has', async () => {
    const { url, models } = await serveTiny();
    expect(models).toEqual([{ name: 'tiny', device: 'cpu' }]);
    expect(await getJson(`${url}/v2`)).toEqual({
      status: 200,
      json: {
        name: 'latentkit',
        version: expect.stringMatching(/^\d+\.\d+\.\d+/),
        extensions: ['binary_tensor_data', 'model_configuration', 'model_repository'],
      },
    });
    expect(await getJson(`${url}/v2/health/live`)).toEqual({ status: 200, json: { live: true } });
    expect(await getJson(`${url}/v2/health/ready`)).toEqual({ status: 200, json: { ready: true } });
    const { json } = await getJson(`${url}/v2/repository/index`);
    expect(json).toEqual([
      { name: 'tiny-encoder', version: '1', state: 'READY' },
      { name: 'tiny-decoder', version: '1', state: 'READY' },
    ]);
  });

  test('describes each graph, with and without its version, and its card in its configuration', async () => {
    const { url } = await serveTiny({ maxBatch: 7, maxDelayMs: 3, maxQueue: 5 });
    for (const path of ['', '/versions/1']) {
      const at = `${url}/v2/models/tiny-encoder${path}`;
      expect(await getJson(at)).toEqual({
        status: 200,
        json: {
          name: 'tiny-encoder',
          versions: ['1'],
          platform: 'onnxruntime_onnx',
          inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 4] }],
          outputs: [
            { name: 'mean', datatype: 'FP32', shape: [-1, 2] },
            { name: 'log_var', datatype: 'FP32', shape: [-1, 2] },
          ],
        },
      });
      const { status, json } = await getJson(`${at}/ready`);
      expect([status, json]).toEqual([200, { name: 'tiny-encoder', ready: true }]);
      const config = (await getJson(`${at}/config`)).json as {
        parameters: Record<string, { string_value: string }>;
      };
      expect(config).toMatchObject({
        max_batch_size: 7,
        input: [{ name: 'x', data_type: 'TYPE_FP32', dims: [4] }],
        dynamic_batching: {
          max_queue_delay_microseconds: 3000,
          default_queue_policy: { max_queue_size: 5 },
        },
      });
      const card = JSON.parse(config.parameters['latentkit.card']!.string_value);
      expect(card).toEqual(tinyModel().card);
    }
  });

  test('infers from JSON, flat or nested, all outputs or those asked for, and gives the id back', async () => {
    const served = await serveTiny();
    const whole = await inferJson(served, { id: 'mine', inputs: [inputOf(items)] });
    expect(whole).toEqual({
      status: 200,
      json: {
        id: 'mine',
        model_name: 'tiny-encoder',
        model_version: '1',
        outputs: [
          { name: 'mean', datatype: 'FP32', shape: [3, 2], data: means },
          { name: 'log_var', datatype: 'FP32', shape: [3, 2], data: expect.any(Array) },
        ],
      },
    });
    const nested = [0, 1, 2].map((row) => [...items.subarray(4 * row, 4 * row + 4)]);
    const { json } = await inferJson(served, {
      inputs: [{ ...inputOf(items), data: nested }],
      outputs: [{ name: 'mean' }],
    });
    expect(json).toMatchObject({ outputs: [{ name: 'mean', data: means }] });
    expect((json as { outputs: unknown[] }).outputs).toHaveLength(1);
  });

  test('gives all outputs where the list of those asked for is empty', async () => {
    const { status, json } = await inferJson(await serveTiny(), {
      inputs: [inputOf(items)],
      outputs: [],
    });
    expect(status).toBe(200);
    expect(json).toMatchObject({ outputs: [{ name: 'mean', data: means }, { name: 'log_var' }] });
  });

  test.each([
    ['request', { parameters: { binary_data_output: true } }, undefined, ['mean', 'log_var']],
    ['output', {}, { binary_data: true }, ['mean']],
  ])(
    'infers from binary data, and gives them back by the %s',
    async (_, beside, parameters, names) => {
      const { url } = await serveTiny();
      const input = {
        ...{ name: 'x', datatype: 'FP32', shape: [3, 4] },
        parameters: { binary_data_size: items.byteLength },
      };
      const outputs = parameters && [{ name: 'mean', parameters }];
      const message = { ...beside, inputs: [input], outputs };
      const { bytes, jsonLength } = writeBody(message, [
        { data: items, dims: [3, 4], dtype: 'float32' },
      ]);
      const response = await fetch(`${url}/v2/models/tiny-encoder/infer`, {
        method: 'POST',
        headers: { 'content-type': 'application/octet-stream', [JSON_LENGTH]: String(jsonLength) },
        body: bytes,
      });
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('application/octet-stream');
      const fail = (fault: string): never => {
        throw new Error(fault);
      };
      const length = response.headers.get(JSON_LENGTH);
      const answer = readBody(new Uint8Array(await response.arrayBuffer()), length, fail);
      const tensors = readTensors('outputs', answer.message['outputs'], answer.binary, fail);
      expect(Object.keys(tensors)).toEqual(names);
      expect([...(tensors['mean']!.data as Float32Array)]).toEqual(means);
    },
  );

  test.each([
    ['NaN', Number.NaN],
    ['an infinity', Number.NEGATIVE_INFINITY],
  ])('refuses %s among binary data, with the input and the element', async (_, value) => {
    const { url } = await serveTiny();
    const data = Float32Array.from(items);
    data[5] = value;
    const input = {
      ...{ name: 'x', datatype: 'FP32', shape: [3, 4] },
      parameters: { binary_data_size: data.byteLength },
    };
    const { bytes, jsonLength } = writeBody({ inputs: [input] }, [
      { data, dims: [3, 4], dtype: 'float32' },
    ]);
    const response = await fetch(`${url}/v2/models/tiny-encoder/infer`, {
      ...{ method: 'POST', body: bytes },
      headers: { [JSON_LENGTH]: String(jsonLength) },
    });
    expect(await answerOf(response)).toEqual({
      status: 400,
      json: { error: `input 'x': expected finite numbers, received ${value} as its element 5.` },
    });
  });

  test.each<[string, object | string, RegExp]>([
    ['no JSON', 'hello', /it is not JSON; expected .*as GET \/v2\/models\/[\w-]+ says/],
    ['another JSON', '[]', /not a JSON object/],
    ['no inputs', {}, /inputs is not a list/],
    ['a nameless input', { inputs: [{}] }, /inputs\[0\] has no name/],
    ['an unknown input', { inputs: [{ ...inputOf(items), name: 'y' }] }, /received 'y'/],
    ['an input twice', { inputs: [inputOf(items), inputOf(items)] }, /'x' twice/],
    ['a missing input', { inputs: [] }, /input 'x': expected FP32 \[-1, 4\], received nothing/],
    ['strings', { inputs: [{ ...inputOf(items), datatype: 'BYTES' }] }, /BYTES/],
    ['another datatype', { inputs: [{ ...inputOf(items), datatype: 'FP64' }] }, /received FP64/],
    ['another shape', { inputs: [{ ...inputOf(items), shape: [4, 3] }] }, /received FP32 \[4, 3\]/],
    [
      'no rows',
      { inputs: [{ ...inputOf(items), shape: [0, 4], data: [] }] },
      /received FP32 \[0, 4\]/,
    ],
    ['a shape that is none', { inputs: [{ ...inputOf(items), shape: [-1, 4] }] }, /shape \[-1,4\]/],
    ['too few numbers', { inputs: [{ ...inputOf(items), data: [1] }] }, /1 elements, not 12/],
    [
      'a number too large',
      { inputs: [{ ...inputOf(items), shape: [1, 4], data: [1, 2, 3, 1e39] }] },
      /beyond/,
    ],
    [
      'no number',
      { inputs: [{ ...inputOf(items), shape: [1, 4], data: [1, 2, 3, null] }] },
      /null as its element 3/,
    ],
    [
      'an unknown output',
      { inputs: [inputOf(items)], outputs: [{ name: 'z' }] },
      /out of mean, log_var/,
    ],
    [
      'an output twice',
      { inputs: [inputOf(items)], outputs: [{ name: 'mean' }, { name: 'mean' }] },
      /each once/,
    ],
    [
      'no list of outputs',
      { inputs: [inputOf(items)], outputs: {} },
      /outputs is not a list of outputs/,
    ],
    ['an id that is none', { id: 7, inputs: [inputOf(items)] }, /id is not a string/],
    [
      'binary data that are not there',
      {
        inputs: [
          { name: 'x', datatype: 'FP32', shape: [1, 4], parameters: { binary_data_size: 16 } },
        ],
      },
      /cut short: 0 of 16 bytes/,
    ],
    [
      'a size of binary data that does not fit',
      {
        inputs: [
          { name: 'x', datatype: 'FP32', shape: [1, 4], parameters: { binary_data_size: 12 } },
        ],
      },
      /has 16 bytes, not 12/,
    ],
    [
      'an extension that is not there',
      { inputs: [inputOf(items)], outputs: [{ name: 'mean', parameters: { classification: 1 } }] },
      /classification/,
    ],
  ])('refuses %s with 400', async (_, body, message) => {
    expect(await inferJson(await serveTiny(), body)).toEqual({
      status: 400,
      json: { error: expect.stringMatching(message) },
    });
  });

  test.each([
    [
      'a model that is not there',
      '/v2/models/large-encoder',
      /There is no model large-encoder.*tiny-encoder, tiny-decoder/,
    ],
    ['a version that is not there', '/v2/models/tiny-encoder/versions/2', /no version 2/],
    ['a path that is not there', '/v3', /nothing at GET.*\/v2\/models\/NAME/],
  ])('answers 404 for %s', async (_, path, message) => {
    const { url } = await serveTiny();
    expect(await getJson(url + path)).toEqual({
      status: 404,
      json: { error: expect.stringMatching(message) },
    });
  });

  test('answers 400 for an address that cannot be read', async () => {
    const { url } = await serveTiny();
    expect(await getJson(`${url}/v2/models/%E0%A4%A/ready`)).toEqual({
      status: 400,
      json: { error: expect.stringContaining('%E0%A4%A') },
    });
  });

  test.each([
    ['GET', '/v2/models/tiny-encoder/infer', 'POST'],
    ['PUT', '/v2/models/tiny-encoder/versions/1/infer', 'POST'],
    ['OPTIONS', '/v2/models/tiny-encoder/infer', 'POST'],
    ['POST', '/v2/models/tiny-encoder', 'GET, HEAD'],
    ['DELETE', '/v2', 'GET, HEAD'],
    ['PATCH', '/v2/repository/index', 'GET, HEAD, POST'],
  ])('answers 405 for %s of %s, with what it takes', async (method, path, allow) => {
    const { url } = await serveTiny();
    const response = await fetch(url + path, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')?.split(', ').sort()).toEqual(allow.split(', '));
    const { error } = (await response.json()) as { error: string };
    expect(error).toMatch(new RegExp(`^This path takes .*, and no ${method}\\.$`));
  });

  test.each([
    ['TRACE', undefined],
    ['PROPFIND', undefined],
    ['OPTIONS', '*'],
    ['OPTIONS', 'https://one.test'],
  ])('answers 405 for %s where %s may ask', async (method, cors) => {
    const { url } = await serveTiny({ cors });
    const { status, headers, error } = await say(url, `${method} /v2`);
    expect([status, error]).toEqual([405, `This path takes GET, HEAD, and no ${method}.`]);
    expect(headers).toMatch(/\r\nallow: GET, HEAD\r\n/);
    expect((await say(url, `${method} /v3`)).status).toBe(404);
  });

  test('answers a request without a host, or with an expectation, in its form', async () => {
    const { url } = await serveTiny();
    expect(await say(url, 'GET /v2', [])).toMatchObject({
      ...{ status: 400, error: expect.stringMatching(/^host: expected .* received nothing\.$/) },
    });
    expect(await say(url, 'GET /v2', ['host: x', 'expect: 200-ok'])).toMatchObject({
      ...{ status: 417, error: "expect: expected '100-continue', or none, received '200-ok'." },
    });
  });

  test('reads no body of a method that a path does not take', async () => {
    const { url } = await serveTiny({ maxBodyBytes: 10 });
    const body = new Uint8Array(1000);
    const response = await fetch(`${url}/v2/models/tiny-encoder`, { method: 'POST', body });
    expect(response.status).toBe(405);
  });

  test('answers 413 for more rows or bytes than are allowed, and 415 for an encoding', async () => {
    const served = await serveTiny({ maxBatch: 2, maxBodyBytes: 1000 });
    const rows = await inferJson(served, { inputs: [inputOf(items)] });
    expect(rows).toEqual({
      status: 413,
      json: { error: expect.stringMatching(/2 rows, received 3/) },
    });
    const large = await inferJson(served, 'x'.repeat(2e6));
    expect(large).toEqual({
      status: 413,
      json: { error: expect.stringMatching(/1000 bytes, received 2000000/) },
    });
    const encoded = await fetch(`${served.url}/v2/models/tiny-encoder/infer`, {
      method: 'POST',
      headers: { 'content-encoding': 'gzip' },
      body: 'x',
    });
    expect(await answerOf(encoded)).toEqual({
      status: 415,
      json: {
        error:
          "content-encoding: expected none, since bodies are read as they are, received 'gzip'.",
      },
    });
  });

  test.each([
    [
      ';;;',
      415,
      "content-type: expected a media type, such as application/json, or none, received ';;;'.",
    ],
    [
      '',
      415,
      "content-type: expected a media type, such as application/json, or none, received ''.",
    ],
  ])('answers a content-type %p by what it takes', async (type, status, error) => {
    const { url } = await serveTiny();
    const response = await fetch(`${url}/v2/models/tiny-encoder/infer`, {
      ...{ method: 'POST', headers: { 'content-type': type }, body: '{}' },
    });
    expect(await answerOf(response)).toEqual({ status, json: { error } });
  });

  test.each([
    [
      '/v2/models/%ff',
      400,
      'The address /v2/models/%ff cannot be read: expected UTF-8, each byte beyond ASCII as % and two hexadecimal digits.',
    ],
    [
      `/v2/models/${'x'.repeat(300)}`,
      414,
      `The address /v2/models/${'x'.repeat(189)}… has a name that is too long: expected one of the models that GET /v2/repository/index lists.`,
    ],
  ])('answers an address that cannot be a model, %s', async (path, status, error) => {
    const { url } = await serveTiny();
    expect(await getJson(`${url}${path}`)).toEqual({ status, json: { error } });
  });

  test('counts what it does, for Prometheus', async () => {
    const served = await serveTiny();
    await inferJson(served, { inputs: [inputOf(items)] });
    await inferJson(served, {});
    const response = await fetch(`${served.url}/metrics`);
    expect(response.headers.get('content-type')).toContain('text/plain');
    const lines = (await response.text()).split('\n');
    for (const line of [
      'latentkit_requests_total{model="tiny-encoder",status="200"} 1',
      'latentkit_requests_total{model="tiny-encoder",status="400"} 1',
      'latentkit_batch_rows_bucket{le="2",model="tiny-encoder"} 0',
      'latentkit_batch_rows_bucket{le="4",model="tiny-encoder"} 1',
      'latentkit_queue_requests{model="tiny-decoder"} 0',
    ]) {
      expect(lines).toContain(line);
    }
  });

  test('counts and tells of requests that are refused before they are read, or break off', async () => {
    const answers: AnswerReport[] = [];
    const served = await serveTiny({
      ...{ maxBodyBytes: 1000, requestTimeoutMs: 300 },
      onAnswer: (answer) => answers.push(answer),
    });
    const { url } = served;
    const told = async (count: number) => {
      while (answers.length < count) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    const infer = '/v2/models/tiny-encoder/infer';
    await inferJson(served, 'x'.repeat(2000));
    await told(1);
    const headers = { 'content-type': ';;;' };
    await fetch(`${url}/v2/models/tiny-encoder/versions/1/infer`, {
      ...{ method: 'POST', headers, body: '{}' },
    });
    await told(2);
    await say(url, `POST ${infer}`, []);
    await told(3);
    const begin = (ending: string) => {
      const socket = connect(Number(new URL(url).port), '127.0.0.1');
      socket.on('error', () => {}).resume();
      socket.write(`POST ${infer} HTTP/1.1\r\nhost: x\r\n${ending}`);
      return socket;
    };
    // One may listen still, the other is gone.
    const part = 'content-length: 100\r\n\r\nabc';
    for (const [i, end] of (['end', 'resetAndDestroy'] as const).entries()) {
      const broken = begin(part);
      setTimeout(() => broken[end](), 50);
      await told(4 + i);
    }
    begin(part);
    await told(6);
    begin('transfer-encoding: chunked\r\n\r\nno size\r\n');
    await told(7);
    // Of no model, and no inference.
    await inferJson(served, {}, 'other');
    await fetch(url + infer);
    await fetch(`${url}/v2/models/tiny-encoder/versions/2/infer`, { method: 'POST' });
    const statuses = [413, 415, 400, 400, 499, 408, 400];
    expect(answers).toEqual(
      statuses.map((status) => ({ model: 'tiny-encoder', status, seconds: expect.any(Number) })),
    );
    const lines = (await (await fetch(`${url}/metrics`)).text()).split('\n');
    for (const status of [408, 413, 415, 499]) {
      expect(lines).toContain(
        `latentkit_requests_total{model="tiny-encoder",status="${status}"} 1`,
      );
    }
  });

  test('lets in the pages of the origins that it was told, and no others', async () => {
    const { url } = await serveTiny({ cors: 'https://one.test' });
    const ask = (origin: string) =>
      fetch(`${url}/v2/models/tiny-encoder/infer`, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST' },
      });
    const allowed = (await ask('https://one.test')).headers;
    expect(allowed.get('access-control-allow-origin')).toBe('https://one.test');
    expect(allowed.get('access-control-expose-headers')).toContain(JSON_LENGTH);
    expect((await ask('https://two.test')).headers.get('access-control-allow-origin')).toBeNull();
    const { url: shut } = await serveTiny();
    const headers = (await fetch(`${shut}/v2`, { headers: { origin: 'https://one.test' } }))
      .headers;
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });
});

/** Asks as `fetch` does not. */
async function say(url: string, what: string, headers: readonly string[] = ['host: x']) {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.end(`${[`${what} HTTP/1.1`, 'connection: close', ...headers].join('\r\n')}\r\n\r\n`);
  const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n');
  const { error } = JSON.parse(body) as { error?: unknown };
  return { status: Number(/^HTTP\/1.1 (\d+)/.exec(head)?.[1]), headers: head, error };
}
