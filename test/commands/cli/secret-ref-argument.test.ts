import t from 'tap';
import { milliseconds } from '../../../src/commands/cli/duration.ts';
import { secretRefArgument } from '../../../src/commands/cli/secret-ref-argument.ts';

t.test('accepts a Secret only with its namespace', async (t) => {
  t.same(secretRefArgument('shop/app'), { namespace: 'shop', name: 'app' });
  t.same(secretRefArgument('shop/app.v2'), { namespace: 'shop', name: 'app.v2' });
  for (const text of [
    '',
    'app',
    '/app',
    'shop/',
    'shop/app/x',
    'Shop/app',
    'shop/a b',
    'shop/..',
    `shop/${'a'.repeat(254)}`,
    'shop/../x',
  ])
    t.throws(() => secretRefArgument(text), /Write NAMESPACE\/NAME/, text);
});

t.test('accepts a duration as a number with s, m or h', async (t) => {
  t.same(['1s', '90s', '10m', '2h'].map(milliseconds), [1000, 90_000, 600_000, 7_200_000]);
  for (const text of ['', '0s', '10', 'm', '1.5m', '-1s', '1d', '1m30s', '9999999s', ' 1s'])
    t.throws(() => milliseconds(text), /Write a number with s, m or h/, text);
});
