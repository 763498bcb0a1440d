import { once } from 'node:events';
import { chmodSync, readdirSync, readFileSync, truncateSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import t, { type Test } from 'tap';
import { connect } from '../../../src/kube/client/connect.ts';
import { readCurrentNamespace, readKubeconfig } from '../../../src/kube/client/kubeconfig.ts';
import { spawnLimited } from '../../../src/kube/client/login-plugin.ts';
import { anApiServer, answerJson } from '../../helpers/api/fake-api-server.ts';
import { kubeconfigFor } from '../../helpers/api/kubeconfig.ts';

const SERVER = 'https://127.0.0.1:1';

const variableOf = (files: readonly string[]) => ({ env: { KUBECONFIG: files.join(delimiter) } });

const contextsNamed = (...names: readonly string[]) =>
  names.map((name) => ({ name, context: { cluster: 'here', user: 'me', namespace: name } }));

t.test('suggests the nearest context for an unknown one', async (t) => {
  const kubeconfig = kubeconfigFor(t, SERVER, { contexts: contextsNamed('production', 'staging') });
  t.throws(() => connect({ kubeconfig, context: 'prodcution' }), {
    message: 'the kubeconfig has no context prodcution; did you mean production?',
    exitCode: 2,
  });
  t.throws(() => connect({ kubeconfig, context: 'xyz' }), {
    message: 'the kubeconfig has no context xyz; it has production, staging',
  });
  const many = kubeconfigFor(t, SERVER, {
    contexts: contextsNamed(...Array.from({ length: 14 }, (_, index) => `cluster-${index}`)),
  });
  t.throws(() => connect({ kubeconfig: many, context: 'xyz' }), / it has cluster-0, .*cluster-9 and 4 more$/);
});

t.test('merges the files of $KUBECONFIG as kubectl: the first entry of a name counts', async (t) => {
  const first = kubeconfigFor(t, SERVER, { contexts: contextsNamed('a'), 'current-context': '' });
  const second = kubeconfigFor(t, 'https://127.0.0.1:2', {
    contexts: contextsNamed('b', 'a'),
    'current-context': 'b',
  });
  const files = [join(t.testdir(), 'absent'), first, second];
  t.equal(readCurrentNamespace(variableOf(files)), 'b');
  t.equal(readKubeconfig({ ...variableOf(files), context: 'a' }).server, SERVER);
  t.throws(() => connect(variableOf([join(t.testdirName, 'absent')])), {
    code: 'LOCKSTEP_KUBECONFIG_ABSENT',
    message: /^KUBECONFIG names .*absent, which does not exist; set it/,
  });
});

t.test('an empty file is no kubeconfig', async (t) => {
  const kubeconfig = join(t.testdir({ empty: 'null' }), 'empty');
  t.throws(() => connect({ kubeconfig }), {
    message: `cannot read ${kubeconfig} (it is no kubeconfig); give another with --kubeconfig`,
  });
});

/** A kubeconfig whose user logs in by a program with this text. */
function withPlugin(t: Test, script: string, server = SERVER) {
  const command = join(t.testdir({ plugin: script }), 'plugin');
  chmodSync(command, 0o755);
  return { command, kubeconfig: withUser(t, { exec: aPlugin(command) }, server) };
}

const aPlugin = (command: string) => ({ apiVersion: 'client.authentication.k8s.io/v1', command });
const withUser = (t: Test, user: object, server = SERVER) =>
  kubeconfigFor(t, server, { users: [{ name: 'me', user }] });

const loginErrorOf = async (kubeconfig: string): Promise<Error> => {
  const { call } = connect({ kubeconfig });
  try {
    await call({ path: '/' });
  } catch (error) {
    return error as Error;
  }
  throw new Error('the login works');
};

t.test('a login plugin that is missing, fails or prints nothing usable is one sentence', async (t) => {
  t.match(await loginErrorOf(withUser(t, { exec: aPlugin('no-such-plugin') })), {
    message:
      'the login plugin no-such-plugin of the kubeconfig is not installed; install it, or give another context with --context',
    exitCode: 2,
  });
  const failing = withPlugin(
    t,
    '#!/bin/sh\necho >&2\necho "Your session \x1b[31mhas expired" >&2\necho more >&2\nexit 1\n',
  );
  t.match(await loginErrorOf(failing.kubeconfig), {
    message: `the login plugin ${failing.command} of the kubeconfig failed: Your session  [31mhas expired; log in again`,
    exitCode: 2,
  });
  for (const answer of ['canary-token, no JSON', '{"canary": "canary-token"}']) {
    const { kubeconfig } = withPlugin(t, `#!/bin/sh\necho '${answer}'\n`);
    const error = await loginErrorOf(kubeconfig);
    t.match(error.message, /failed: it printed no ExecCredential; log in again$/, answer);
    t.notMatch(`${error.stack} ${error.cause}`, 'canary-token');
  }
});

t.test('a login plugin that prints without end is stopped', async (t) => {
  for (const stream of ['1', '2']) {
    const { kubeconfig } = withPlugin(t, `#!/bin/sh\nexec yes canary-token >&${stream}\n`);
    const { message } = await loginErrorOf(kubeconfig);
    t.match(message, /failed: it printed more than 1 MiB; log in again$/);
  }
});

t.test('a login plugin that does not end is stopped, with a child that keeps its streams open', async (t) => {
  const { command } = withPlugin(t, '#!/bin/sh\nsleep 1000 &\necho $!\nwait\n');
  let child = '';
  const plugin = spawnLimited(command, [], {}, 500);
  plugin.stdout.on('data', (chunk) => {
    child += chunk;
  });
  const [error] = await once(plugin, 'error');
  t.equal(error.message, 'it did not end within 0.5 s');
  await once(plugin, 'close');
  process.kill(Number(child));
});

t.test('the program of an auth-provider that kubectl has removed is not started', async (t) => {
  const folder = t.testdir();
  const program = { 'cmd-path': 'touch', 'cmd-args': join(folder, 'started') };
  for (const name of ['gcp', 'azure']) {
    const kubeconfig = withUser(t, { 'auth-provider': { name, config: program } });
    t.throws(() => connect({ kubeconfig }), { code: 'LOCKSTEP_LOGIN_FAILED', message: new RegExp(name) });
  }
  t.same(readdirSync(folder), []);
});

t.test('a file that is too large is not read', async (t) => {
  const kubeconfig = join(t.testdir({ large: '' }), 'large');
  truncateSync(kubeconfig, 17 * 1024 * 1024);
  t.throws(() => connect({ kubeconfig }), {
    message: `cannot read ${kubeconfig} (it is larger than 16 MiB); give another with --kubeconfig`,
  });
});

t.test('a plugin learns which version of the answer is expected', async (t) => {
  const { server } = await anApiServer(t, (response) => answerJson(response, {}));
  const folder = t.testdir();
  const out = join(folder, 'info');
  const { kubeconfig } = withPlugin(
    t,
    `#!/bin/sh\nprintf '%s' "$KUBERNETES_EXEC_INFO" > ${out}\necho '{"status":{"token":"x"}}'\n`,
    server,
  );
  await connect({ kubeconfig }).call({ path: '/' });
  t.match(JSON.parse(readFileSync(out, 'utf8')), {
    kind: 'ExecCredential',
    apiVersion: 'client.authentication.k8s.io/v1',
  });
});

t.test('a file of the login that is missing is named', async (t) => {
  const file = join(t.testdir(), 'client.crt');
  const user = { 'client-certificate': file, 'client-key': file };
  t.match(await loginErrorOf(withUser(t, user)), {
    message: `cannot read ${file} (ENOENT); give another with --kubeconfig`,
    exitCode: 2,
  });
});
