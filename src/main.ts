#!/usr/bin/env node
import { join } from 'node:path';
import process from 'node:process';
import { run } from './commands/program.ts';
import { describe } from './errors.ts';

// The default would print the error's message, which may quote a value.
process.on('uncaughtException', (error) => {
  process.stderr.write(`lockstep: ended by an error of its own ${JSON.stringify(describe(error))}\n`);
  process.exit(1);
});

const exitCode = await run(process.argv.slice(2), {
  env: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
  stdin: process.stdin,
  // The same from src/main.ts and from the bundle in dist/.
  root: join(import.meta.dirname, '..'),
  onSignal: (listener) => {
    process.on('SIGTERM', listener);
    process.on('SIGINT', listener);
  },
});
process.exit(exitCode);
