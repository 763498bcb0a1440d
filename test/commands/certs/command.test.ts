import { join } from 'node:path';
import t from 'tap';
import { run } from '../../../src/commands/program.ts';

/** Runs one command line as main.ts does. */
async function lockstep(...args: string[]) {
  const printed = { stdout: '', stderr: '' };
  const stream = (name: 'stdout' | 'stderr') => ({
    fd: -1,
    write: (text: string) => {
      printed[name] += text;
    },
  });
  const shell = {
    env: {},
    nodeVersion: '',
    startedAs: '',
    stdout: stream('stdout'),
    stderr: stream('stderr'),
    stdin: new ReadableStream<Uint8Array>(),
    root: '.',
    cpu: () => 0,
    onSignal: () => {},
    onUncaughtError: () => {},
  };
  return { exitCode: await run(args, shell), ...printed };
}

t.test('writes a certificate with --cert-dir, and reports it', async (t) => {
  const folder = join(t.testdir(), 'certs');
  const { exitCode, stdout } = await lockstep('certs', '--cert-dir', folder);
  t.equal(exitCode, 0);
  t.equal(stdout, `wrote tls.crt, tls.key and ca.crt to ${folder}, because there was none\n`);
});

t.test('reports an error in one sentence with exit code 2', async (t) => {
  const absent = join(t.testdir(), 'absent');
  for (const args of [['--kubeconfig', absent], ['--cert-dir', absent, '--context', 'x'], ['--nonsense']]) {
    const { exitCode, stdout, stderr } = await lockstep('certs', ...args);
    t.equal(exitCode, 2, args.join(' '));
    t.equal(stdout, '');
    t.match(stderr, /^lockstep: [^\n]+\n$/);
  }
});
