import t from 'tap';
import { outageRetry, reportStopped } from '../../../src/commands/secret-session/retry-during-outage.ts';
import { LockstepError } from '../../../src/errors/errors.ts';
import type { ErrorCode } from '../../../src/errors/table.ts';

/** A call that fails that many times, and then answers. */
async function asked(times: number, code: ErrorCode, patience = 600_000) {
  const said: string[] = [];
  let clock = 0;
  let calls = 0;
  const outlast = outageRetry({
    print: (line) => said.push(line),
    pause: async (milliseconds) => {
      clock += milliseconds;
    },
    clock: () => clock,
    timeout: patience,
  });
  const ask = outlast(async (name: string) => {
    calls += 1;
    if (calls <= times) throw new LockstepError(code, ['the API server', 'reading']);
    return `${name} after ${calls}`;
  });
  return { answer: await ask('app').catch((error) => error), said, clock };
}

t.test('repeats a call that the API server does not answer, and reports that once', async (t) => {
  const { answer, said } = await asked(7, 'CLUSTER_UNREACHABLE');
  t.equal(answer, 'app after 8');
  t.same(said, ['the API server does not answer; this command tries again', 'the API server answers again']);
});

t.test('gives up after the time limit', async (t) => {
  const { answer, clock } = await asked(9999, 'CLUSTER_TIMEOUT', 15_000);
  t.match(answer, { code: 'LOCKSTEP_CLUSTER_TIMEOUT' });
  t.ok(clock > 15_000 && clock <= 20_000, `${clock} ms`);
  const refused = await asked(9999, 'CLUSTER_REFUSED');
  t.match(refused.answer, { code: 'LOCKSTEP_CLUSTER_REFUSED' });
  t.ok(refused.clock <= 65_000, 'a refusal sooner');
});

t.test('passes another error on at once', async (t) => {
  const { answer, said, clock } = await asked(1, 'CLUSTER_CONFLICT');
  t.match(answer, { code: 'LOCKSTEP_CLUSTER_CONFLICT' });
  t.same([said, clock], [[], 0]);
});

t.test("ends started work that can't be followed with 1 and the reason", async (t) => {
  const said: string[] = [];
  const failing = async () => {
    throw new LockstepError('CLUSTER_UNREACHABLE', ['https://127.0.0.1:1', 'ECONNREFUSED', 'reading']);
  };
  t.equal(await reportStopped((line) => said.push(line), failing), 1);
  t.match(said, [/^stopped: cannot reach the API server .* a leading controller continues it$/]);
  await t.rejects(
    reportStopped(
      () => {},
      async () => Promise.reject(new TypeError('a fault of ours')),
    ),
    TypeError,
  );
});
