import t from 'tap';
import { MAX_CONDITION_LENGTH, webhookCondition } from '../../../src/engine/floor/webhook-condition.ts';
import { aPolicy, builtins } from '../../helpers/engine/engine.ts';

const policy = (name: string, match: object) => aPolicy(name, { match, keys: { A: { minLength: 3 } } });

t.test('the built-in policies have a condition without no-placeholders', (t) => {
  t.same(webhookCondition(builtins), { kind: 'matches-all', policies: ['no-placeholders'] });
  const others = builtins.filter(({ name }) => name !== 'no-placeholders');
  t.equal(webhookCondition(others).kind, 'condition');
  t.end();
});

t.test('a policy matches every Secret if only the namespace labels select', (t) => {
  const policies = [
    policy('all', {}),
    policy('globs', { names: ['app', '*'], types: ['**'] }),
    policy('namespace-labels', { namespaceSelector: { matchLabels: { team: 'blue' } } }),
    policy('names', { names: ['app'], namespaceSelector: { matchLabels: { team: 'blue' } } }),
  ];
  t.same(webhookCondition(policies), {
    kind: 'matches-all',
    policies: ['all', 'globs', 'namespace-labels'],
  });
  t.end();
});

t.test('without a policy no Secret is sent', (t) => {
  t.same(webhookCondition([]), { kind: 'condition', expression: 'false' });
  t.end();
});

t.test('a long condition is refused, because the API server limits its cost', (t) => {
  const names = Array.from({ length: 250 }, (_, at) => `a-${at}-*-b`);
  const policies = (count: number) =>
    Array.from({ length: count }, (_, at) =>
      policy(`p${at}`, { names: names.map((name) => `${at}${name}`) }),
    );
  t.equal(webhookCondition(policies(1)).kind, 'condition');
  const long = webhookCondition(policies(4));
  t.match(long, { kind: 'too-long' });
  t.ok(long.kind === 'too-long' && long.length > MAX_CONDITION_LENGTH);
  t.end();
});
