import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { createServingFiles } from '../../../src/tls/ca.ts';
import { writeServingFiles } from '../../../src/tls/files.ts';
import { aReview, aSecretObject, bytesOf } from '../../helpers/admission/review.ts';
import { everything, oneSocket, openTcp, openTls, post } from '../../helpers/admission/serving.ts';
import { fetchText, lockstep, ROOT, serve, start } from '../../helpers/cluster/lockstep.ts';
import { entryPoint } from '../../testbed/lockstep/release.ts';
import { freePort } from '../../testbed/process/ports.ts';
import { until } from '../../testbed/process/until.ts';

const sh = (command: string) => promisify(execFile)('sh', ['-c', command]);

t.test('prints its address when started by hand, and the printed curl line works', async (t) => {
  const folder = join(t.testdir(), 'certs of mine');
  const { stdout } = await serve(t, ['--cert-dir', folder]);
  const line = stdout().match(/^\s*(curl .*)$/m)?.[1];
  const { stdout: answer } = await sh(line ?? 'false');
  const { response } = JSON.parse(answer);
  t.equal(response.allowed, false);
  t.equal(response.status.code, 422);
});

t.test('prints no startup message in a pod, and makes its certificate in memory', async (t) => {
  const { stdout, metricsPort } = await serve(t, ['--host', '127.0.0.1'], {
    KUBERNETES_SERVICE_HOST: '10.0.0.1',
  });
  t.equal(stdout(), '');
  t.match((await fetchText(metricsPort, '/healthz')).text, 'ok');
});

t.test('logs one line and one count for each decision, without a value', async (t) => {
  const folder = t.testdir();
  const served = await serve(t, ['--cert-dir', folder]);
  const to = { port: served.port, ca: readFileSync(join(folder, 'ca.crt'), 'utf8') };
  const value = 'CHANGE_ME_zQ8rT5wX2vLk';
  const object = aSecretObject({ POSTGRES_PASSWORD: value, POSTGRES_USER: 'app', POSTGRES_DB: 'app' });
  t.equal((await post(to, '/validate', bytesOf(aReview({ object })))).status, 200);
  t.equal((await post(to, '/validate', `{"request":"${value}"`)).status, 400);
  const { text } = await fetchText(served.metricsPort, '/metrics');
  t.match(
    text,
    /^lockstep_admission_reviews_total\{webhook="validate",operation="CREATE",verdict="denied",dry_run="false"\} 1$/m,
  );
  t.match(text, /^lockstep_admission_errors_total\{code="400"\} 1$/m);
  t.match(text, /^lockstep_policies_loaded [1-9]/m);
  const expiry = Number(text.match(/^lockstep_tls_certificate_expiration_timestamp_seconds (\d+)$/m)?.[1]);
  t.ok(expiry > Date.now() / 1000);

  served.child.kill('SIGTERM');
  t.equal(await served.exited, 0);
  const lines = served
    .stderr()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const [decision, ...others] = lines.filter(({ message }) => message === 'admission');
  t.match(decision, {
    webhook: 'validate',
    operation: 'CREATE',
    namespace: 'team',
    name: 'app',
    user: 'jane',
    dryRun: false,
    verdict: 'denied',
    findings: ['POSTGRES_PASSWORD=placeholder/Enforce'],
  });
  t.same(others, []);
  for (let at = 0; at + 8 <= value.length; at += 1) {
    t.notOk((served.stderr() + served.stdout() + text).includes(value.slice(at, at + 8)));
  }
});

t.test('answers reviews if the disk of its standard output is full', async (t) => {
  const folder = t.testdir();
  const script = `exec "$0" "$@" >/dev/full`;
  const served = await serve(t, ['--cert-dir', folder], {}, (args) =>
    start(t, { file: '/bin/sh', args: ['-c', script, process.execPath, entryPoint(), ...args] }),
  );
  const to = { port: served.port, ca: readFileSync(join(folder, 'ca.crt'), 'utf8') };
  await until('the line of the start', [], () => served.stderr().includes('"message":"serving"'));
  t.equal((await post(to, '/validate', bytesOf(aReview()))).status, 200);
  served.child.kill('SIGTERM');
  t.equal(await served.exited, 0);
});

t.test('reports a failed start in one sentence with exit code 2', async (t) => {
  const taken = createServer();
  const port = await freePort();
  taken.listen(port, '127.0.0.1');
  await once(taken, 'listening');
  t.teardown(() => taken.close());
  const wrongKey = t.testdir();
  const [one, two] = await Promise.all(
    [1, 2].map(() => createServingFiles(['localhost'], { now: new Date(), days: 1 })),
  );
  await writeServingFiles(wrongKey, { cert: one?.cert ?? '', ca: '', key: two?.key ?? (t.fail() as never) });
  const free = ['--port', String(await freePort()), '--metrics-port', String(await freePort())];

  for (const [args, sentence] of [
    [[...free, '--port', String(port)], new RegExp(`port ${port} on 127.0.0.1 is in use; .*--port\\n$`)],
    [
      [...free, '--metrics-port', String(port)],
      new RegExp(`port ${port} on 127.0.0.1 is in use; .*--metrics-port\\n$`),
    ],
    [[...free, '--host', '192.0.2.1'], /cannot listen on 192.0.2.1 port \d+ \(EADDRNOTAVAIL\)/],
    [[...free, '--cert-dir', wrongKey], /tls.key does not fit .*tls.crt; /],
    [[...free, '--policy', '/nowhere'], /\/nowhere/],
    [[...free, '--no-builtin', 'nosuch'], /nosuch/],
    [['--port', 'x'], /--port: must be a whole number/],
    [['--prot', '1'], /unknown option '--prot'/],
  ] as const) {
    const attempt = lockstep(t, ['serve', '--cert-dir', join(wrongKey, 'made'), ...args]);
    t.equal(await attempt.exited, 2, args.join(' '));
    t.match(attempt.stderr(), sentence);
    t.equal(attempt.stderr().trim().split('\n').length, 1, attempt.stderr());
  }
});

t.test('handles SIGTERM: not ready at once, answers with Connection: close, then exit', async (t) => {
  const folder = t.testdir();
  const served = await serve(t, ['--cert-dir', folder, '--drain-seconds', '3600']);
  const to = { port: served.port, ca: readFileSync(join(folder, 'ca.crt'), 'utf8') };
  const agent = oneSocket();
  t.teardown(() => agent.destroy());
  const review = bytesOf(aReview());
  await post(to, '/mutate', review, { agent });

  served.child.kill('SIGTERM');
  while ((await fetchText(served.metricsPort, '/readyz')).status === 200);
  t.match((await fetchText(served.metricsPort, '/readyz')).text, '[-]shutdown failed');
  t.equal((await fetchText(served.metricsPort, '/healthz')).status, 200);
  const kept = await post(to, '/mutate', review, { agent });
  t.equal(kept.reused, true);
  t.equal(kept.status, 200);
  t.equal(kept.headers.connection, 'close');
  t.equal((await post(to, '/mutate', review)).headers.connection, 'close', 'new sockets are still taken');

  const silent = [await openTcp(to), await openTls(to)];
  const ends = silent.map(everything);
  served.child.kill('SIGTERM');
  t.equal(await served.exited, 0, 'a second signal ends it at once');
  await Promise.all(ends);
});

t.test('survives slow and half-open clients, and 500 sockets at once, without a leak', async (t) => {
  const folder = t.testdir();
  const served = await serve(t, ['--cert-dir', folder]);
  const to = { port: served.port, ca: readFileSync(join(folder, 'ca.crt'), 'utf8') };
  const review = bytesOf(aReview());
  const descriptors = () => open(served.child.pid ?? 0);
  await post(to, '/validate', review);
  const before = await descriptors();
  const slow = await openTls(to);
  slow.write(
    'POST /mutate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{',
  );
  const silent = await openTcp(to);
  const replies = await Promise.all(Array.from({ length: 500 }, () => post(to, '/validate', review)));
  t.ok(replies.every(({ status }) => status === 200));
  slow.destroy();
  silent.destroy();
  while ((await descriptors()) > before + 2) await post(to, '/validate', review);
  t.pass('the sockets are gone');
});

t.test('serves a changed certificate without a restart', async (t) => {
  const folder = t.testdir();
  const served = await serve(t, ['--cert-dir', folder]);
  const next = await createServingFiles(['localhost', '127.0.0.1'], { now: new Date(), days: 1 });
  await writeServingFiles(folder, next);
  const isServed = () =>
    post({ port: served.port, ca: next.ca }, '/validate', bytesOf(aReview())).then(
      () => true,
      () => false,
    );
  while (!(await isServed())) await new Promise((resolve) => setTimeout(resolve, 100));
  t.pass('a new socket trusts only the new authority');
});

t.test(
  'lists the commands in lockstep --help, and each option with its variable in serve --help',
  async (t) => {
    const help = lockstep(t, ['serve', '--help']);
    t.equal(await help.exited, 0);
    t.match(help.stdout().replace(/\s+/g, ' '), /--drain-seconds <number> .*\[LOCKSTEP_DRAIN_SECONDS\]/);
    const none = lockstep(t, []);
    t.equal(await none.exited, 2);
    t.match(none.stderr(), /serve/);
  },
);

t.test('accepts the sample review as a review', async (t) => {
  const sample = JSON.parse(readFileSync(join(ROOT, 'manifests', 'samples', 'review.json'), 'utf8'));
  t.equal(sample.kind, 'AdmissionReview');
});

/** Open file descriptors of a process. */
async function open(pid: number): Promise<number> {
  const { stdout } = await sh(`ls /proc/${pid}/fd | wc -l`);
  return Number(stdout);
}
