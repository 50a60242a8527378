#!/usr/bin/env node
import { onnxCheck } from '../dist/node.mjs';

process.exitCode = await onnxCheck(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
