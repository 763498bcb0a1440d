import { execFile, spawn } from 'node:child_process';
import { closeSync, constants, openSync, readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import t from 'tap';
import { createLog, type ProcessLog } from '../src/log.ts';
import { aReview, bytesOf } from './helpers/admission/review.ts';
import { post } from './helpers/admission/serving.ts';
import { fetchText } from './helpers/cluster/lockstep.ts';
import { entryPoint } from './testbed/lockstep/release.ts';
import { freePort } from './testbed/process/ports.ts';

/** What a log writes of one line. */
async function written(t: { testdir: () => string }, fields?: Record<string, unknown>): Promise<string> {
  const path = join(t.testdir(), 'log');
  const log = createLog(openSync(path, 'w'), 'info', () => {});
  log.info('a line', fields);
  await log.close();
  return readFileSync(path, 'utf8');
}

interface FullOutput {
  readonly log: ProcessLog;
  readonly written: number;
  readonly lost: () => number;
}

/** A log with more lines than it keeps for an output that takes none of them. */
function overflowing(fd: number): FullOutput {
  let lost = 0;
  const log = createLog(fd, 'info', () => {
    lost += 1;
  });
  const fields = { name: 'n'.repeat(1000) };
  let written = 0;
  for (; lost < 10; written += 1) log.info('a line', fields);
  return { log, written, lost: () => lost };
}

/** Both ends of a pipe, of which neither waits. */
async function aPipe(t: { testdir: () => string }): Promise<{ reader: number; writer: number }> {
  const path = join(t.testdir(), 'pipe');
  await promisify(execFile)('mkfifo', [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return { reader, writer: openSync(path, constants.O_WRONLY | constants.O_NONBLOCK) };
}

t.test('a line has level, time, fields and message, in this order', async (t) => {
  const line = await written(t, { status: 500, error: undefined, keys: ['A'] });
  t.match(
    line,
    /^{"level":"info","time":"\d{4}-\d\d-\d\dT[\d:.]+Z","status":500,"keys":\["A"\],"message":"a line"}\n$/,
  );
  t.match(await written(t), /^{"level":"info","time":"[^"]+","message":"a line"}\n$/);
});

t.test('a pipe that nobody reads loses lines, counts them, and tells it once when it is read', async (t) => {
  const { reader, writer } = await aPipe(t);
  const { log, written, lost } = overflowing(writer);
  t.equal(lost(), 10);
  const reported = { level: 'error', message: 'log lines were lost', lines: lost() };

  const lines: string[] = [];
  for await (const line of createInterface(new Socket({ fd: reader, writable: false }))) {
    lines.push(line);
    if (line.includes(reported.message)) break;
    if (lines.length === written - lost()) log.flush();
  }
  t.equal(lines.length, written - lost() + 1);
  t.match(JSON.parse(lines.at(-1) ?? ''), reported);
  await log.close();
});

t.test('a full disk and a closed pipe lose lines and count them, and nothing throws', async (t) => {
  const { reader, writer } = await aPipe(t);
  closeSync(reader);
  for (const fd of [openSync('/dev/full', 'w'), writer]) {
    const { log, lost } = overflowing(fd);
    await new Promise(setImmediate);
    log.error('one more');
    t.ok(lost() >= 10);
    await log.close();
    log.error('a line after the last one');
  }
});

t.test('a line of usual names is written as it is', async (t) => {
  const fields = { name: 'n'.repeat(253), findings: ['KEY=weak/Warn'], ms: 1.5 };
  t.match(JSON.parse(await written(t, fields)), { level: 'info', ...fields, message: 'a line' });
});

t.test('shortens long names, long lists and nested lists in a log line', async (t) => {
  const long = 'n'.repeat(2_000_000);
  const line = await written(t, { name: long, keys: Array(5000).fill('KEY'), deep: { names: [long] } });
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
  const child = spawn(process.execPath, [entryPoint(), 'serve', ...ports, '--cert-dir', certDir], {
    stdio: ['ignore', 'ignore', full],
    env: {},
  });
  t.teardown(() => child.kill('SIGKILL'));
  closeSync(full);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  while ((await fetchText(metricsPort, '/readyz')).status !== 200 && child.exitCode === null) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const ca = readFileSync(join(certDir, 'ca.crt'), 'utf8');
  const long = 'n'.repeat(1000);
  const review = bytesOf(aReview({ uid: long, namespace: long, name: long, userInfo: { username: long } }));
  const isLost = async (): Promise<boolean> =>
    /^lockstep_log_lines_lost_total [1-9]/m.test((await fetchText(metricsPort, '/metrics')).text);
  while (!(await isLost()))
    for (let round = 0; round < 50; round += 1)
      t.equal((await post({ port, ca }, '/validate', review)).status, 200);
  t.equal(child.exitCode, null);
  child.kill('SIGTERM');
  t.equal(await ended, 0);
});

t.test('a command whose output can not be written says so, without a stack', async (t) => {
  const command = `"${process.execPath}" "${entryPoint()}" explain placeholder > /dev/full`;
  const failed = await promisify(execFile)('sh', ['-c', command]).catch((error) => error);
  t.equal(failed.code, 2);
  t.equal(failed.stderr, 'lockstep: cannot write its output (ENOSPC)\n');
});
