import t from 'tap';
import { parseSecretArgument, secretRefOf } from '../../../src/commands/secret-argument/secret-argument.ts';
import { kubeconfigFor } from '../../helpers/api/kubeconfig.ts';

const named = (namespace: string | undefined, name: string) => ({ namespace, name });

t.test('accepts a Secret as kubectl writes it, and with its namespace', async (t) => {
  for (const [text, argument] of [
    ['app', named(undefined, 'app')],
    ['app.v2', named(undefined, 'app.v2')],
    ['secret/app', named(undefined, 'app')],
    ['secrets/app', named(undefined, 'app')],
    ['Secret/app', named(undefined, 'app')],
    ['shop/app', named('shop', 'app')],
    ['shop/secret', named('shop', 'secret')],
  ] as const)
    t.same(parseSecretArgument(text), argument, text);
});

t.test('refuses a text that names no Secret', async (t) => {
  for (const text of [
    '',
    '/app',
    'shop/',
    'shop/app/x',
    'shop/secret/app',
    'Shop/app',
    'App',
    'shop/a b',
    'shop/..',
    `shop/${'a'.repeat(254)}`,
    'shop/../x',
    '-A',
  ])
    t.throws(
      () => parseSecretArgument(text),
      /Write the name of a Secret: app, secret\/app or shop\/app/,
      text,
    );
});

const kubeconfigWith = (namespace?: string) =>
  kubeconfigFor(t, 'https://127.0.0.1:1', {
    contexts: [
      { name: 'here', context: { cluster: 'here', user: 'me', ...(namespace && { namespace }) } },
      { name: 'there', context: { cluster: 'here', user: 'me', namespace: 'there' } },
    ],
  });

t.test('takes the namespace of the argument, of -n, or of the context, in this order', async (t) => {
  const kubeconfig = kubeconfigWith('current');
  const refOf = async (text: string, options: object = {}) =>
    (await secretRefOf(parseSecretArgument(text), { kubeconfig, ...options }, { env: {} })).namespace;
  t.equal(await refOf('app'), 'current');
  t.equal(await refOf('secret/app'), 'current');
  t.equal(await refOf('app', { context: 'there' }), 'there');
  t.equal(await refOf('app', { namespace: 'given' }), 'given');
  t.equal(await refOf('secret/app', { namespace: 'secret' }), 'secret');
  t.equal(await refOf('shop/app'), 'shop');
  t.equal(await refOf('shop/app', { namespace: 'shop' }), 'shop');
  t.equal(
    (await secretRefOf(named(undefined, 'app'), { kubeconfig: kubeconfigWith() }, { env: {} })).namespace,
    'default',
  );
});

t.test('refuses two different namespaces, and a current namespace that is none', async (t) => {
  await t.rejects(secretRefOf(named('shop', 'app'), { namespace: 'other' }, { env: {} }), {
    message: '-n: other is not the namespace of shop/app: leave one of them out',
    exitCode: 2,
  });
  await t.rejects(secretRefOf(named(undefined, 'app'), { kubeconfig: kubeconfigWith('A/b') }, { env: {} }), {
    code: 'LOCKSTEP_KUBECONFIG_NAMESPACE',
    exitCode: 2,
  });
});

t.test('reads the file that KUBECONFIG names', async (t) => {
  const env = { KUBECONFIG: kubeconfigWith('by-variable') };
  t.equal((await secretRefOf(named(undefined, 'app'), {}, { env })).namespace, 'by-variable');
});
