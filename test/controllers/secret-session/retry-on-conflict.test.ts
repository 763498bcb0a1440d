import t from 'tap';
import { retryOnConflict } from '../../../src/controllers/secret-session/retry-on-conflict.ts';
import { LockstepError } from '../../../src/errors/errors.ts';

const conflict = (): LockstepError => new LockstepError('CLUSTER_CONFLICT', ['writing']);

/** Writes a number, after as many conflicts; `reread` gives one more each time. */
async function written(conflicts: number, error: () => Error = conflict) {
  const states: number[] = [];
  const result = await retryOnConflict(
    0,
    async (state) => {
      states.push(state);
      if (states.length <= conflicts) throw error();
      return `wrote ${state}`;
    },
    async () => states.length,
  ).catch((error) => error.code ?? error.message);
  return { result, states };
}

t.test('writes from the state that was read after each conflict', async (t) => {
  t.same(await written(0), { result: 'wrote 0', states: [0] });
  t.same(await written(2), { result: 'wrote 2', states: [0, 1, 2] });
});

t.test('gives up after ten conflicts', async (t) => {
  const { result, states } = await written(10);
  t.equal(result, 'LOCKSTEP_CLUSTER_CONFLICT');
  t.equal(states.length, 10);
  t.equal((await written(9)).result, 'wrote 9');
});

t.test('does not repeat another failure', async (t) => {
  t.same(await written(1, () => new Error('cut')), { result: 'cut', states: [0] });
});

t.test('ends with the conflict if reread throws it', async (t) => {
  const ended = retryOnConflict(
    0,
    () => Promise.reject(conflict()),
    (error) => Promise.reject(error),
  );
  await t.rejects(ended, { code: 'LOCKSTEP_CLUSTER_CONFLICT' });
});
