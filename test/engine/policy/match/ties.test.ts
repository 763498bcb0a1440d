import t from 'tap';
import { Overlaps } from '../../../../src/engine/policy/match/overlap.ts';
import { tiesAmong } from '../../../../src/engine/policy/match/ties.ts';
import { aPolicy } from '../../../helpers/policy/stored-policy.ts';

const tiesOf = (...policies: readonly [string, object][]) =>
  Object.fromEntries(
    [...tiesAmong(policies.map(([name, spec]) => aPolicy(name, spec)))].map(([name, ties]) => [
      name,
      ties.map(({ winner, loser, key }) => `${winner} > ${loser}: ${key}`),
    ]),
  );

t.test('finds two policies of equal precedence that name a key, by any alias', async (t) => {
  const both = ['b > c: PW'];
  t.strictSame(tiesOf(['c', { keys: { PW: {} } }], ['b', { keys: { PW: {} } }]), { b: both, c: both });
  const alias = ['b > c: PW'];
  t.strictSame(tiesOf(['c', { keys: { PW: {} } }], ['b', { keys: { PASS: { aliases: ['PW'] } } }]), {
    b: alias,
    c: alias,
  });
  t.strictSame(tiesOf(['c', { keys: { PW: {} } }], ['b', { keys: { OTHER: {} } }]), {});
  t.strictSame(tiesOf(['c', { keys: { PW: {} } }], ['b', { precedence: 1, keys: { PW: {} } }]), {});
});

t.test('reports at most one won and one lost tie for each of a thousand policies', async (t) => {
  const policies = Array.from({ length: 300 }, (_, n) => aPolicy(`p${n}`, { keys: { PW: {} } }));
  const ties = tiesAmong(policies);
  t.equal(ties.size, 300);
  t.ok([...ties.values()].every((each) => each.length <= 2));
});

t.test('compares the globs of policies within a budget', async (t) => {
  const globs = (count: number) =>
    Array.from({ length: count }, (_, index) => `a*${'a'.repeat(120)}b*${index % 10}`);
  const names = (count: number) =>
    Array.from({ length: count }, (_, index) => `${'a'.repeat(240)}${String(index).padStart(3, '0')}`);
  const rivals = (count: number) =>
    tiesOf(
      ['a', { match: { names: [...globs(count), 'b*'] }, keys: { PW: {} } }],
      ['b', { match: { names: [...names(count), 'b'] }, keys: { PW: {} } }],
    );
  t.match(rivals(10), { a: ['a > b: PW'] });
  t.strictSame(rivals(200), {}, 'a tie beyond the budget stays unknown');
});

const MEETINGS: readonly [object, object, boolean][] = [
  [{}, {}, true],
  [{ names: ['a'] }, {}, true],
  [{ names: ['a', 'b'] }, { names: ['b'] }, true],
  [{ names: ['a'] }, { names: ['b'] }, false],
  [{ names: ['app-*'] }, { names: ['app-1'] }, true],
  [{ names: ['app-*'] }, { names: ['web-1'] }, false],
  [{ names: ['app-*'] }, { names: ['*-db'] }, true],
  [{ names: ['app-*'] }, { names: ['web-*'] }, false],
  [{ names: ['*-db'] }, { names: ['*-web'] }, false],
  [{ names: ['*-db'] }, { names: ['*db'] }, true],
  [{ names: ['a?'] }, { names: ['ab*'] }, true],
  [{ namespaces: ['a'] }, { namespaces: ['b'] }, false],
  [{ types: ['Opaque'] }, { types: ['kubernetes.io/tls'] }, false],
  [{ hasKeys: ['A'] }, { hasKeys: ['B'] }, true],
  [{ labelSelector: { matchLabels: { app: 'a' } } }, { labelSelector: { matchLabels: { app: 'b' } } }, false],
  [{ labelSelector: { matchLabels: { app: 'a' } } }, { labelSelector: { matchLabels: { tier: 'b' } } }, true],
  [
    { namespaceSelector: { matchExpressions: [{ key: 'env', operator: 'In', values: ['x', 'y'] }] } },
    { namespaceSelector: { matchLabels: { env: 'y' } } },
    true,
  ],
  [
    { namespaceSelector: { matchExpressions: [{ key: 'env', operator: 'In', values: ['x', 'y'] }] } },
    { namespaceSelector: { matchLabels: { env: 'z' } } },
    false,
  ],
];

for (const [a, b, expected] of MEETINGS) {
  t.test(
    `${JSON.stringify(a)} and ${JSON.stringify(b)}: ${expected ? 'may meet' : 'never meet'}`,
    async (t) => {
      const [one, two] = [a, b].map((match) => aPolicy('p', { match, keys: {} }).match);
      if (one === undefined || two === undefined) throw new Error('two were made');
      t.equal(new Overlaps().mayOverlap(one, two), expected);
      t.equal(new Overlaps().mayOverlap(two, one), expected);
    },
  );
}
