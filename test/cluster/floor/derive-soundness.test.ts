import t from 'tap';
import { aCluster } from '../../helpers/cluster/cluster.ts';
import { proveDeriving } from '../../helpers/floor/deriving.ts';

t.setTimeout(20 * 60 * 1000);

// The keys that CEL can derive are many, and each write takes about 40 ms.
t.test('the API server derives only what lockstep derives, byte for byte', async (t) => {
  const { wrong, derived } = await proveDeriving(await aCluster(t), 800, 20261128);
  t.same(wrong, []);
  for (const key of ['DATABASE_URL', 'REDIS_URL', 'DSN', 'JDBC', 'EXACT', 'FREE', 'QUERY', 'LINE']) {
    const counts = derived.get(key) ?? { all: 0, derived: 0 };
    t.ok(counts.derived > 5, `${key}: ${counts.derived} of ${counts.all}`);
  }
  for (const key of ['FILE', 'COND', 'CHAIN']) t.equal(derived.get(key)?.derived, 0, key);
});
