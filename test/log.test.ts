import { execFile, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { createLog } from '../src/log.ts';
import { aReview, bytesOf } from './helpers/admission/review.ts';
import { post } from './helpers/admission/serving.ts';
import { fetchText, ROOT } from './helpers/cluster/lockstep.ts';
import { freePort } from './testbed/process/ports.ts';

/** What a log writes of one line. */
function written(t: { testdir: () => string }, fields: Record<string, unknown>): string {
  const path = join(t.testdir(), 'log');
  const fd = openSync(path, 'w');
  const log = createLog(fd, 'info');
  log.info('a line', fields);
  log.flush();
  closeSync(fd);
  return readFileSync(path, 'utf8');
}

t.test('a line of usual names is written as it is', async (t) => {
  const fields = { name: 'n'.repeat(253), findings: ['KEY=weak/Warn'], ms: 1.5 };
  t.match(JSON.parse(written(t, fields)), { level: 'info', ...fields, message: 'a line' });
});

t.test('shortens long names, long lists and nested lists in a log line', async (t) => {
  const long = 'n'.repeat(2_000_000);
  const line = written(t, { name: long, keys: Array(5000).fill('KEY'), deep: { names: [long] } });
  t.ok(line.length < 5000, `${line.length}`);
  const { name, keys, deep, message } = JSON.parse(line);
  t.equal(name, `${'n'.repeat(1000)}…`);
  t.equal(keys.at(-1), '… and 4950 more');
  t.equal(deep.names[0].length, 1001);
  t.equal(message, 'a line');
});

t.test('a webhook still answers and stops on a signal while its log can not be written', async (t) => {
  const [port, metricsPort, certDir] = [await freePort(), await freePort(), t.testdir()];
  const ports = ['--port', String(port), '--metrics-port', String(metricsPort)];
  const full = openSync('/dev/full', 'w');
  const child = spawn(
    process.execPath,
    [join(ROOT, 'src', 'main.ts'), 'serve', ...ports, '--cert-dir', certDir],
    { stdio: ['ignore', 'ignore', full], env: {} },
  );
  t.teardown(() => child.kill('SIGKILL'));
  closeSync(full);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  while ((await fetchText(metricsPort, '/readyz')).status !== 200 && child.exitCode === null) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const ca = readFileSync(join(certDir, 'ca.crt'), 'utf8');
  // More than waits for being written.
  const review = bytesOf(aReview({ namespace: 'n'.repeat(900) }));
  for (let round = 0; round < 50; round += 1)
    t.equal((await post({ port, ca }, '/validate', review)).status, 200);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  t.equal((await post({ port, ca }, '/validate', review)).status, 200);
  t.equal(child.exitCode, null);
  child.kill('SIGTERM');
  t.equal(await ended, 0);
});

t.test('a command whose output can not be written says so, without a stack', async (t) => {
  const command = `"${process.execPath}" "${join(ROOT, 'src', 'main.ts')}" explain placeholder > /dev/full`;
  const failed = await promisify(execFile)('sh', ['-c', command]).catch((error) => error);
  t.equal(failed.code, 2);
  t.equal(failed.stderr, 'lockstep: cannot write its output (ENOSPC)\n');
});
