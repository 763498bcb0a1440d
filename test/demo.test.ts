import { spawn } from 'node:child_process';
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import t, { type Test } from 'tap';
import { escaped } from '../scripts/demo/recording.ts';
import { until } from './testbed/process/until.ts';

const ROOT = join(import.meta.dirname, '..');

t.test('the demo shows the story, and leaves nothing behind', async (t) => {
  const demo = aDemo(t);
  const { exitCode, stdout, stderr } = await demo.run();

  t.equal(exitCode, 0, stderr);
  inOrder(t, stdout, [
    '$ kubectl apply -f docs/demo/template.yaml',
    '* data[POSTGRES_PASSWORD]: is a placeholder [lockstep/placeholder]',
    "--from-literal=JWT_SECRET='$(openssl rand -base64 48)'",
    'data[JWT_SECRET]: is a command that was never run [lockstep/placeholder]',
    '$ kubectl apply -f docs/demo/secret.yaml',
    'secret/reconciliation-secrets created',
    'postgresql://reconciliation:mK4%23vTz8%2FLq2%40Rw9XeYb@postgres-service:5432/reconciliation?sslmode=disable',
    'Warning: data[DATABASE_URL]: password now follows POSTGRES_PASSWORD [lockstep/mismatch]',
    'postgresql://reconciliation:xB7%21nGd3%2BWs5%25Hf6JpQz@',
    '$ kubectl diff -f docs/demo/new-password.yaml\n(nothing is printed, exit code 0)\n',
    'The Secret "reconciliation-secrets" is invalid: data[JWT_SECRET]: is a placeholder',
    '$ kubectl apply -f - <<EOF\napiVersion: lockstep.dev/v1alpha1\nkind: PostgresCredential\n',
    '$ kubectl apply -f docs/demo/database-password.yaml',
    'PasswordChangeComplete',
    '$ lockstep rotate default/reconciliation-secrets',
    '$ lockstep history default/reconciliation-secrets',
    '$ lockstep rollback default/reconciliation-secrets --to 1',
    'bytes searched, 0 hits',
  ]);
  t.notMatch(stdout, /\u001b/, 'no colour where it is not a terminal');
  t.same(await demo.left(), []);

  const recording = readFileSync(join(ROOT, 'docs', 'demo', 'recording.svg'), 'utf8');
  for (const [command] of stdout.matchAll(/^\$ .{1,40}/gm))
    t.ok(recording.includes(escaped(command)), `the recording has ${command}`);
});

for (const moment of ['Starting etcd', '$ kubectl apply']) {
  t.test(`Ctrl-C at "${moment}" ends the demo and all that it started`, async (t) => {
    const demo = aDemo(t);
    const { exitCode, stderr } = await demo.run({ interruptAt: moment });

    t.equal(exitCode, 130);
    t.equal(stderr.trim(), 'demo: ended by SIGINT');
    t.same(await demo.left(), []);
  });
}

t.test('with --keep the cluster is there afterwards, until it is stopped as the demo says', async (t) => {
  const demo = aDemo(t);
  const { exitCode, stdout } = await demo.run({ args: ['--keep'] });
  t.equal(exitCode, 0);

  const sh = (script: string) => execa('sh', ['-c', script]);
  const line = (start: string) => stdout.split('\n').find((each) => each.startsWith(`  ${start}`)) ?? '';
  const kubectl = stdout.split('\n').find((each) => each.endsWith(' get secrets')) ?? '';
  const listed = await sh(`${line('export KUBECONFIG=')}\n${kubectl} -o name`);
  t.same(listed.stdout.split('\n'), [
    'secret/lockstep-record-reconciliation-secrets',
    'secret/reconciliation-secrets',
  ]);

  await sh(line('kill '));
  t.same(await demo.left(), []);
});

/** A demo with a temporary folder of its own, by which everything that it starts is known. */
function aDemo(t: Test) {
  const temp = realpathSync(mkdtempSync(join(tmpdir(), 'lockstep-demo-test-')));
  // PostgreSQL runs as another user, whose data is in a folder below it.
  chmodSync(temp, 0o755);
  t.teardown(() => {
    for (const pid of processesIn(temp)) process.kill(pid, 'SIGKILL');
    rmSync(temp, { recursive: true, force: true });
  });
  return {
    run: ({ args = [], interruptAt }: { args?: readonly string[]; interruptAt?: string } = {}) =>
      run(temp, args, interruptAt),
    /** A guard that was called off may take a moment to end. */
    left: async () => {
      const all = () => [...readdirSync(temp), ...processesIn(temp)];
      await until('the demo to be gone', [], () => all().length === 0).catch(() => {});
      return all();
    },
  };
}

interface Run {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(temp: string, args: readonly string[], interruptAt: string | undefined): Promise<Run> {
  const child = spawn(process.execPath, [join(ROOT, 'scripts', 'demo.ts'), ...args], {
    cwd: temp,
    env: { ...process.env, TMPDIR: temp },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    const seen = interruptAt !== undefined && stdout.includes(interruptAt);
    stdout += chunk.toString();
    if (interruptAt !== undefined && !seen && stdout.includes(interruptAt)) child.kill('SIGINT');
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  // At `exit`, the last lines may still be in the pipe.
  return new Promise((resolve) => child.on('close', (exitCode) => resolve({ exitCode, stdout, stderr })));
}

/** Processes that work in a folder below `temp`, as everything in a cluster's folder does. */
function processesIn(temp: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && folderOf(name).startsWith(temp))
    .map(Number);
}

function folderOf(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return '';
  }
}

function inOrder(t: Test, text: string, pieces: readonly string[]): void {
  let from = 0;
  for (const piece of pieces) {
    const at = text.indexOf(piece, from);
    t.ok(at >= 0, piece);
    if (at >= 0) from = at + piece.length;
  }
}
