import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AnswerReport } from './answer-report.ts';
import { rawStatusOf } from './raw.ts';

/** Of a client that went away before it was answered. */
const GONE = 499;

/** Tells how an inference request ends, whoever refuses or answers it. */
export function reportAnswer(
  model: string,
  request: IncomingMessage,
  response: ServerResponse,
  onAnswer: (answer: AnswerReport) => void,
): void {
  let begun = performance.now();
  request.once('end', () => {
    begun = performance.now();
  });
  const { socket } = request;
  response.once('close', () => {
    const status = response.writableFinished ? response.statusCode : (rawStatusOf(socket) ?? GONE);
    onAnswer({ model, status, seconds: (performance.now() - begun) / 1000 });
  });
}
