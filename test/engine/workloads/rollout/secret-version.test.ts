import t from 'tap';
import {
  annotatedVersion,
  highestVersion,
  versionAnnotationFor,
} from '../../../../src/engine/workloads/rollout/secret-version.ts';
import { aWorkload, fixedUse } from '../../../helpers/engine/workload.ts';
import { fc } from '../../../helpers/property.ts';

const ALONE = { reads: ['app'] };
const TWO = { reads: ['app', 'tls'] };

t.test('a template that reads one Secret has the number alone', async (t) => {
  t.equal(versionAnnotationFor(undefined, 'app', 3, ALONE), '3');
  t.equal(versionAnnotationFor('2', 'app', 3, ALONE), '3');
  t.equal(versionAnnotationFor('app=2,tls=7', 'app', 3, ALONE), '3');
});

t.test('a template that reads several Secrets has a number for each name', async (t) => {
  t.equal(versionAnnotationFor(undefined, 'tls', 1, TWO), 'tls=1');
  t.equal(versionAnnotationFor('tls=1', 'app', 3, TWO), 'app=3,tls=1');
  t.equal(versionAnnotationFor('app=3,tls=1', 'tls', 2, TWO), 'app=3,tls=2');
  t.equal(versionAnnotationFor('5', 'app', 3, TWO), 'app=3', 'of which Secret a number is, nobody can say');
});

t.test('leaves out text that is no pair', async (t) => {
  for (const found of [
    'x',
    '=3',
    'db=',
    'db=03',
    'db=1=2',
    'db=-1',
    'db=9999999999999999',
    ' db=1',
    'DB=1',
    ',,',
  ]) {
    t.equal(versionAnnotationFor(found, 'app', 3, TWO), 'app=3', found);
  }
  t.equal(versionAnnotationFor('db=4,x,db2=5', 'app', 3, TWO), 'app=3,db=4,db2=5');
});

t.test('writes another text than a foreign number', async (t) => {
  t.equal(versionAnnotationFor('3', 'app', 3, { ...ALONE, isForeign: true }), 'app=3');
  t.equal(versionAnnotationFor('2', 'app', 3, { ...ALONE, isForeign: true }), '3');
});

t.test('reads the annotation that it wrote, whatever was there before', async (t) => {
  const name = fc.stringMatching(/^[a-z0-9]([-a-z0-9.]{0,20}[a-z0-9])?$/);
  const found = fc.oneof(
    fc.constant(undefined),
    fc.string(),
    fc.constantFrom('7', 'app=1,b=2', '__proto__=1'),
  );
  const written = fc.property(
    name,
    fc.integer({ min: 1, max: 1e9 }),
    found,
    fc.array(name),
    (secret, number, found, others) => {
      const reads = [secret, ...others];
      const once = versionAnnotationFor(found, secret, number, { reads });
      if (annotatedVersion(once, secret, reads) !== number) return false;
      return versionAnnotationFor(once, secret, number, { reads }) === once;
    },
  );
  t.doesNotThrow(() => fc.assert(written));
});

t.test('finds the highest version in the annotations of all workloads', async (t) => {
  const both = new Map([
    ['app', fixedUse('A')],
    ['tls', fixedUse('B')],
  ]);
  const workloads = [
    aWorkload({ versionAnnotation: '4' }),
    aWorkload({ versionAnnotation: 'app=6,tls=9', uses: both }),
    aWorkload({ versionAnnotation: '12', uses: new Map([['tls', fixedUse('B')]]) }),
    aWorkload({ versionAnnotation: 'nonsense' }),
    aWorkload(),
  ];
  t.equal(highestVersion(workloads, 'app'), 6);
  t.equal(highestVersion(workloads, 'tls'), 12);
  t.equal(highestVersion([], 'app'), 0);
});
