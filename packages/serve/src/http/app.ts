import { type IncomingMessage, METHODS } from 'node:http';
import cors from '@fastify/cors';
import { JSON_LENGTH } from '@latentkit/oip';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { version } from '../../package.json' with { type: 'json' };
import { type ServedGraph, VERSION } from '../models/served-graph.ts';
import type { AnswerReport } from './answer-report.ts';
import { answerTo, Fault, RETRY_AFTER } from './faults.ts';
import { infer } from './infer.ts';
import type { Metrics } from './metrics.ts';
import { refuseExpectation, refuseRaw } from './raw.ts';
import { readLimited } from './read-limited.ts';
import { reportAnswer } from './report-answer.ts';

export interface AppOptions {
  readonly maxBodyBytes: number;
  /** Milliseconds in which a request must have come whole. */
  readonly requestTimeoutMs: number;
  /** Origins whose pages may ask; `['*']` for all. */
  readonly cors: readonly string[];
  /** Whether requests are still taken. */
  isOpen(): boolean;
  /** Told of each inference request when it is answered, or given up. */
  onAnswer(answer: AnswerReport): void;
  /** Told of errors that are the server's own. */
  onError(error: Error): void;
}

interface ModelRoute {
  readonly Params: { readonly model: string; readonly version?: string };
}

/** Where inference is asked for, at a model or a version of it. */
const INFER = '/infer';

/** The graph of a model's route, where there is one of that name and version. */
function graphAt(
  graphs: ReadonlyMap<string, ServedGraph>,
  { model, version = VERSION }: ModelRoute['Params'],
): ServedGraph | undefined {
  return version === VERSION ? graphs.get(model) : undefined;
}

const EXTENSIONS = ['binary_tensor_data', 'model_configuration', 'model_repository'];

/** How often sockets are looked at for requests that take too long, in milliseconds, at the least. */
const CHECK_MS = 1000;

/** The routes of the Open Inference Protocol over HTTP. */
export async function createApp(
  graphs: ReadonlyMap<string, ServedGraph>,
  metrics: Metrics,
  options: AppOptions,
): Promise<FastifyInstance> {
  const { maxBodyBytes, requestTimeoutMs, isOpen } = options;
  const refuse = (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
    const { status, message } = answerTo(error, request);
    if (status >= 500 && status !== 503) options.onError(error as Error);
    return reply.code(status).send({ error: message });
  };
  const app = fastify({
    requestTimeout: requestTimeoutMs,
    // Requests that come while it closes are refused in the protocol's form, and health is told as before.
    return503OnClosing: false,
    http: {
      headersTimeout: requestTimeoutMs,
      connectionsCheckingInterval: Math.min(CHECK_MS, requestTimeoutMs),
      // Node would answer it without a word; see below.
      requireHostHeader: false,
    },
    clientErrorHandler: refuseRaw,
    // An address that cannot be read reaches no route, and no error handler.
    frameworkErrors: (error, request, reply) =>
      void refuse(error, request as FastifyRequest, reply as FastifyReply),
    // Names of models are whole path segments of any length that a folder has.
    routerOptions: { maxParamLength: 255 },
  });
  app.server.on('checkExpectation', refuseExpectation);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_: FastifyRequest, payload: IncomingMessage) =>
    readLimited(payload, maxBodyBytes),
  );
  if (options.cors.length > 0) {
    const shared = {
      origin: options.cors.includes('*') ? '*' : [...options.cors],
      exposedHeaders: [JSON_LENGTH, 'retry-after'],
      maxAge: 86_400,
    };
    await app.register(cors, {
      delegator: async (request: FastifyRequest) => ({
        ...shared,
        preflight: isPreflight(request),
      }),
    });
  }
  // Before whatever refuses a request.
  app.addHook('onRequest', async (request, reply) => {
    const { method, params, routeOptions } = request;
    if (method !== 'POST' || !routeOptions.url?.endsWith(INFER)) return;
    const graph = graphAt(graphs, params as ModelRoute['Params']);
    if (graph) reportAnswer(graph.name, request.raw, reply.raw, options.onAnswer);
  });
  app.addHook('onRequest', async ({ raw: { httpVersion }, headers }) => {
    if (headers.host !== undefined || httpVersion === '1.0') return;
    throw new Fault(
      400,
      'host: expected the name of this server, as HTTP/1.1 has it, received nothing.',
    );
  });
  app.addHook('onSend', async (_, reply) => {
    if (reply.statusCode === 503) reply.header('retry-after', RETRY_AFTER);
    // A connection that is kept would keep a server that closes.
    if (!isOpen()) reply.header('connection', 'close');
  });
  app.setErrorHandler(refuse);
  app.setNotFoundHandler(({ method, url }, reply) =>
    reply.code(404).send({
      error: `There is nothing at ${method} ${url.slice(0, 200)}. GET /v2 says what this server is, GET /v2/models/NAME what a model takes.`,
    }),
  );
  const methodsOf = new Map<string, string[]>();
  app.addHook('onRoute', ({ url, method }) => {
    methodsOf.set(url, [...(methodsOf.get(url) ?? []), ...[method].flat()]);
  });
  addRoutes(app, graphs, metrics, options);
  refuseOtherMethods(app, methodsOf);
  return app;
}

/** Whether a browser asks what a page of another origin may do (https://fetch.spec.whatwg.org/#cors-preflight-request). */
const isPreflight = ({ headers }: FastifyRequest) =>
  headers.origin !== undefined && headers['access-control-request-method'] !== undefined;

/** Answers a method that a path does not take by those that it takes (RFC 9110, 15.5.6). */
function refuseOtherMethods(
  app: FastifyInstance,
  methodsOf: ReadonlyMap<string, readonly string[]>,
): void {
  // CONNECT asks for no path.
  const all = METHODS.filter((method) => method !== 'CONNECT');
  for (const method of all) {
    if (!app.supportedMethods.includes(method)) app.addHttpMethod(method);
  }
  for (const [url, taken] of [...methodsOf]) {
    if (url === '*') continue;
    const others = all.filter((method) => !taken.includes(method));
    const allow = [...new Set(taken)].join(', ');
    const refuse = async ({ method }: FastifyRequest, reply: FastifyReply) => {
      reply.header('allow', allow);
      throw new Fault(405, `This path takes ${allow}, and no ${method}.`);
    };
    // Before its body is read.
    app.route({ method: others, url, onRequest: refuse, handler: refuse });
  }
}

function addRoutes(
  app: FastifyInstance,
  graphs: ReadonlyMap<string, ServedGraph>,
  metrics: Metrics,
  { isOpen }: AppOptions,
): void {
  const graphOf = (params: ModelRoute['Params']): ServedGraph => {
    const graph = graphAt(graphs, params);
    if (graph) return graph;
    const { model, version } = params;
    const wanted = graphs.has(model)
      ? `version ${version} of ${model}, only ${VERSION}`
      : `model ${model}`;
    throw new Fault(404, `There is no ${wanted}. Here are: ${[...graphs.keys()].join(', ')}.`);
  };
  const listed = () =>
    [...graphs.keys()].map((name) => ({ name, version: VERSION, state: 'READY' }));
  const readiness = (reply: FastifyReply, body: object) =>
    reply.code(isOpen() ? 200 : 503).send(body);

  app.get('/v2', async () => ({ name: 'latentkit', version, extensions: EXTENSIONS }));
  app.get('/v2/health/live', async () => ({ live: true }));
  app.get('/v2/health/ready', async (_, reply) => readiness(reply, { ready: isOpen() }));
  app.get('/v2/repository/index', async () => listed());
  app.post('/v2/repository/index', async () => listed());
  app.get('/metrics', async (_, reply) => {
    reply.header('content-type', metrics.contentType);
    return metrics.text();
  });
  for (const path of ['/v2/models/:model', '/v2/models/:model/versions/:version']) {
    app.get<ModelRoute>(path, async ({ params }) => graphOf(params).metadata);
    app.get<ModelRoute>(`${path}/config`, async ({ params }) => graphOf(params).config);
    app.get<ModelRoute>(`${path}/ready`, async ({ params }, reply) =>
      readiness(reply, { name: graphOf(params).name, ready: isOpen() }),
    );
    app.post<ModelRoute>(`${path}${INFER}`, async (request, reply) => {
      const graph = graphOf(request.params);
      if (!isOpen()) throw new Fault(503, 'The server is about to end. Ask another, or later.');
      const { headers, body } = await infer(
        graph,
        bodyOf(request),
        request.headers[JSON_LENGTH] as string | undefined,
        untilClosed(reply),
      );
      return reply.headers(headers).send(body);
    });
  }
}

function bodyOf({ body, headers }: FastifyRequest): Uint8Array {
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') {
    throw new Fault(
      415,
      `content-encoding: expected none, since bodies are read as they are, received '${encoding}'.`,
    );
  }
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0);
}

/** Fires when the client goes away before it was answered. */
function untilClosed(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort();
  });
  if (reply.raw.destroyed) controller.abort();
  return controller.signal;
}
