import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import t from 'tap';
import { withLock } from './lock.ts';

/** Above every limit of Linux (2^22): nobody's process. */
const NOBODY = 4_194_305;

t.test('the second one waits, told for whom, until the first one is done', async (t) => {
  const path = join(t.testdir(), 'lock');
  const order: string[] = [];
  const { promise: waiting, resolve: startedToWait } = Promise.withResolvers<void>();
  const first = withLock(
    path,
    () => {},
    async () => {
      await waiting;
      order.push('first');
    },
  );
  const onWait = (owner: number) => {
    t.equal(owner, process.pid);
    startedToWait();
  };
  await withLock(path, onWait, async () => void order.push('second'));
  await first;
  t.same(order, ['first', 'second']);
  t.notOk(existsSync(path));
});

for (const [whose, content] of [
  ['of a process that is gone', `${NOBODY}\n`],
  ['that names nobody', ''],
] as const) {
  t.test(`a lock ${whose} is taken over`, async (t) => {
    const path = join(t.testdir(), 'lock');
    writeFileSync(path, content);
    t.equal(
      await withLock(
        path,
        () => t.fail('waited'),
        async () => 'done',
      ),
      'done',
    );
  });
}

t.test('a failure lets go of the lock', async (t) => {
  const path = join(t.testdir(), 'lock');
  const failing = async () => {
    await setImmediate();
    throw new Error('no');
  };
  await t.rejects(
    withLock(path, () => {}, failing),
    { message: 'no' },
  );
  t.notOk(existsSync(path));
});
