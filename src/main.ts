import { join } from 'node:path';
import process from 'node:process';
import { safeErrorFields } from './errors/safe-fields.ts';

let handlesError: (error: unknown) => boolean = () => false;
// The default handler prints the error's message, which may quote a value.
process.on('uncaughtException', (error) => {
  if (handlesError(error)) return;
  process.stderr.write(`lockstep: ended by an error of its own ${JSON.stringify(safeErrorFields(error))}\n`);
  // Exit code 2 means that lockstep could not run. 1 would report a denial.
  process.exit(2);
});
// The reader of the output has ended, as in `lockstep check k8s/ | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (handlesError(error)) return;
  if (error.code !== 'EPIPE') process.stderr.write(`lockstep: cannot write its output (${error.code})\n`);
  process.exit(2);
});

// Before Node 23.9, only the CPU time of all threads together is known.
const cpuUsage = (process.threadCpuUsage ?? process.cpuUsage).bind(process);

// Not awaited: the build makes CommonJS of this file. A rejection reaches the handler above.
void main();

async function main(): Promise<void> {
  const { run } = await import('./commands/program.ts');

  const outputs: NodeJS.WriteStream[] = [process.stdout];
  let signalled = false;

  const exitCode = await run(process.argv.slice(2), {
    env: process.env,
    nodeVersion: process.versions.node,
    startedAs: process.argv[1] ?? '',
    stdout: process.stdout,
    // Opened on first use: each costs milliseconds.
    get stderr() {
      if (outputs.length === 1) outputs.push(process.stderr);
      return process.stderr;
    },
    get stdin() {
      return process.stdin;
    },
    // The path is the same from src/main.ts and from the bundle in dist/.
    cpu: () => {
      const { user, system } = cpuUsage();
      return (user + system) / 1000;
    },
    root: join(import.meta.dirname, '..'),
    onSignal: (listener) => {
      for (const signal of ['SIGTERM', 'SIGINT'] as const)
        process.on(signal, () => {
          signalled = true;
          listener();
        });
    },
    onUncaughtError: (handler) => {
      handlesError = handler;
    },
  });
  // An error outside of the call, still queued, reaches its handler before the process ends.
  await new Promise(setImmediate);
  // A pipe holds 64 KiB, and process.exit drops the rest. A server does not wait for the reader of its log.
  if (!signalled)
    for (const output of outputs)
      if (output.writableLength > 0) await new Promise((resolve) => output.write('', resolve));
  process.exit(exitCode);
}
