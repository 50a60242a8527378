import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AnswerReport } from './answer-report.ts';
import { GONE } from './faults.ts';
import { rawStatusOf } from './raw.ts';

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
    const status = rawStatusOf(socket) ?? (response.writableFinished ? response.statusCode : GONE);
    onAnswer({ model, status, seconds: (performance.now() - begun) / 1000 });
  });
}
