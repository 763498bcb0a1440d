import t from 'tap';
import { retainRecord } from '../../../src/controllers/secret/deleted-secret.ts';
import { newRecord, type SecretRecord } from '../../../src/engine/secret/record/record.ts';
import { reconcilerDeps } from '../../helpers/controllers/reconciler-deps.ts';
import { at, values } from '../../helpers/engine/record.ts';

const PLACE = { namespace: 'recon', name: 'app' };
const MONTH = 30 * 24 * 60 * 60;
const RECORD = newRecord('u', values({ A: '1' }), { time: at(0), by: 'kubectl', why: { kind: 'seen' } });

async function kept(record: SecretRecord, second: number) {
  const calls: unknown[] = [];
  const deps = reconcilerDeps({
    records: {
      write: async (_, { deletedAt: gone }, version) => {
        calls.push(['write', gone, version]);
        return '8';
      },
      delete: async (_, version) => {
        calls.push(['delete', version]);
      },
    },
    clock: { now: () => at(second) },
  });
  const found = { kind: 'read', record, resourceVersion: '7' } as const;
  return { after: await retainRecord(PLACE, found, deps), calls };
}

t.test('the record of a deleted Secret is marked, and kept for thirty days', async (t) => {
  t.same(await kept(RECORD, 5), { after: MONTH * 1000, calls: [['write', at(5), '7']] });
  const gone = { ...RECORD, deletedAt: at(5) };
  t.same(await kept(gone, 6), { after: (MONTH - 1) * 1000, calls: [] });
  t.same(await kept(gone, MONTH + 4), { after: 1000, calls: [] });
  t.same(await kept(gone, MONTH + 5), { after: undefined, calls: [['delete', '7']] });
});
