import { describe, expect, test } from '@jest/globals';
import { AbortedError, ArgumentError, InputError, LatentkitError } from '@latentkit/core';
import { CommanderError } from 'commander';
import { Exit, reportFailure } from './failure.ts';
import { recordingIo } from './testing.ts';

function report(error: unknown, verbose = false) {
  const io = recordingIo();
  return { code: reportFailure(error, verbose, io), said: io.said.join('\n') };
}

describe('reportFailure', () => {
  test('tells a failure by its message, without the stack', () => {
    const { code, said } = report(new LatentkitError('not-found', 'No such model.'));
    expect([code, said]).toEqual([1, 'error: No such model.']);
  });

  test('adds stack and causes on request', () => {
    const cause = new Error('ENOENT');
    const { said } = report(new LatentkitError('not-found', 'No such model.', { cause }), true);
    expect(said).toMatch(/No such model\.\n +at [\s\S]*caused by: Error: ENOENT\n +at /);
  });

  test('takes a bad argument for wrong usage, and leaves it at what was expected', () => {
    const { code, said } = report(new ArgumentError('latent size', 'at least 1', 0));
    expect([code, said]).toEqual([2, 'error: latent size: expected at least 1, received 0.']);
  });

  test('takes an abort for an interruption', () => {
    expect(report(new AbortedError('Training', {}))).toEqual({ code: 130, said: 'Interrupted.' });
    const io = recordingIo();
    expect(reportFailure(new AbortedError('Embedding', {}), false, io, 'Go on.')).toBe(130);
    expect(io.said).toEqual(['Interrupted. Go on.']);
  });

  test('takes a wrong condition for wrong usage, by its option, and other input for a failure', () => {
    const condition = report(new InputError('condition', 'none (it is unconditional)', "'3'"));
    expect([condition.code, condition.said]).toEqual([
      2,
      "error: --condition: expected none (it is unconditional), received '3'.",
    ]);
    expect(report(new InputError('latents', 'size 2', 'size 3'))).toEqual({
      code: 1,
      said: 'error: latents: expected size 2, received size 3.',
    });
  });

  test("names the option that was typed in the place of the library's name for it", () => {
    const say = (argument: string, verbose = false) => {
      const io = recordingIo();
      const given = new Map([
        ['falseAlarms', '--false-alarms'],
        ['rate.shards', '--rate'],
      ]);
      reportFailure(new ArgumentError(argument, 'a share', 2), verbose, io, '', given);
      return io.said.join('\n').split('\n')[0];
    };
    expect(say('falseAlarms')).toBe('error: --false-alarms: expected a share, received 2.');
    expect(say('rate.shards')).toBe('error: --rate: expected a share, received 2.');
    expect(say('count')).toBe('error: count: expected a share, received 2.');
    expect(say('false alarms')).toBe('error: false alarms: expected a share, received 2.');
  });

  test('knows the errors of the sibling packages by their markers', () => {
    for (const marker of ['latentkit.onnx.error', 'latentkit.tfjs-to-onnx.error']) {
      const error = Object.assign(new Error('Bad graph.'), {
        code: 'invalid',
        [Symbol.for(marker)]: true,
      });
      expect(report(error)).toEqual({ code: 1, said: 'error: Bad graph.' });
    }
  });

  test('shows the stack of what nobody meant to throw', () => {
    const { code, said } = report(new TypeError('x is undefined'));
    expect(code).toBe(1);
    expect(said).toMatch(/please report it\.\nTypeError: x is undefined\n +at /);
    expect(report('a string').said).toContain('a string');
  });

  test('adds nothing to what commander, or the command, has said', () => {
    expect(report(new CommanderError(1, 'commander.unknownOption', ''))).toEqual({
      code: 2,
      said: '',
    });
    expect(report(new CommanderError(0, 'commander.helpDisplayed', ''))).toEqual({
      code: 0,
      said: '',
    });
    expect(report(new Exit(130))).toEqual({ code: 130, said: '' });
  });
});
