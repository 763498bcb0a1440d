#!/usr/bin/env node
import { join } from 'node:path';
import process from 'node:process';
import { safeErrorFields } from './errors.ts';
import { unsupportedNodeMessage } from './node-version.ts';

const unsupportedNode = unsupportedNodeMessage(process.versions.node);
if (unsupportedNode !== undefined) {
  process.stderr.write(`lockstep: ${unsupportedNode}\n`);
  process.exit(2);
}

// The default would print the error's message, which may quote a value.
process.on('uncaughtException', (error) => {
  process.stderr.write(`lockstep: ended by an error of its own ${JSON.stringify(safeErrorFields(error))}\n`);
  // Could not run: 1 would say that something is denied.
  process.exit(2);
});
// Whoever read along has gone, as in `lockstep check k8s/ | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') process.stderr.write(`lockstep: cannot write its output (${error.code})\n`);
  process.exit(2);
});

// Before Node 23.9 there is only that of all threads together.
const cpuUsage = (process.threadCpuUsage ?? process.cpuUsage).bind(process);

const { run } = await import('./commands/program.ts');

const exitCode = await run(process.argv.slice(2), {
  env: process.env,
  stdout: process.stdout,
  // Opened where they are asked for: each costs milliseconds.
  get stderr() {
    return process.stderr;
  },
  get stdin() {
    return process.stdin;
  },
  // The same from src/main.ts and from the bundle in dist/.
  cpu: () => {
    const { user, system } = cpuUsage();
    return (user + system) / 1000;
  },
  root: join(import.meta.dirname, '..'),
  onSignal: (listener) => {
    process.on('SIGTERM', listener);
    process.on('SIGINT', listener);
  },
});
// What went wrong beside the call, and was not told yet, is told now.
await new Promise(setImmediate);
process.exit(exitCode);
