import { join } from 'node:path';
import t from 'tap';
import { run } from '../../src/commands/program.ts';
import { anApiServer, answerJson, aStatus } from '../helpers/api/fake-api-server.ts';
import { kubeconfigFor } from '../helpers/api/kubeconfig.ts';
import { aShell } from '../helpers/commands/commands.ts';
import { freePort } from '../testbed/process/ports.ts';

/** Each command that a person runs against a cluster. */
const COMMANDS: readonly (readonly string[])[] = [
  ['audit'],
  ['audit', '--logins'],
  ['doctor', 'app'],
  ['doctor', '--cluster'],
  ['connect', 'shop/app'],
  ['uses', 'shop/app'],
  ['uses', '--unused', '-A'],
  ['history', 'secret/app'],
  ['heal', 'app', '-n', 'shop'],
  ['rollback', 'shop/app', '--to', '1'],
  ['rotate', 'app'],
  ['probe'],
  ['policy', 'list'],
  ['policy', 'show', 'shop'],
  ['version'],
  ['certs'],
];

const server = `https://127.0.0.1:${await freePort()}`;
const unauthorized = await anApiServer(t, (response) =>
  answerJson(response, aStatus(401, 'Unauthorized'), 401),
);
const withUser = (user: object): string => kubeconfigFor(t, server, { users: [{ name: 'me', user }] });
const plugin = { apiVersion: 'client.authentication.k8s.io/v1', command: 'no-such-login-plugin' };

const FAULTS: Readonly<Record<string, { readonly args: readonly string[]; readonly sentence: RegExp }>> = {
  'a context': {
    args: ['--kubeconfig', kubeconfigFor(t, server), '--context', 'heer'],
    sentence: /^lockstep: the kubeconfig has no context heer; did you mean here\?\n$/,
  },
  'no kubeconfig': {
    args: ['--kubeconfig', join(t.testdir(), 'none')],
    sentence: /^lockstep: cannot read \S+none \(ENOENT[^\n]*; give another with --kubeconfig\n$/,
  },
  'a plugin': {
    args: ['--kubeconfig', withUser({ exec: plugin })],
    sentence:
      /^lockstep: the login plugin no-such-login-plugin of the kubeconfig is not installed; install it[^\n]+\n$/,
  },
  'an expired token': {
    args: ['--kubeconfig', unauthorized.kubeconfig],
    sentence: /^lockstep: the API server \S+ does not accept these credentials; log in again\n$/,
  },
  'an unreachable server': {
    args: ['--kubeconfig', kubeconfigFor(t, server)],
    sentence:
      /^lockstep: (cannot reach the API server \S+ \(ECONNREFUSED\)|the API server can not be reached)[^\n]*\n$/,
  },
};

async function lockstep(args: readonly string[]) {
  const shell = aShell();
  return { exitCode: await run(args, shell), ...shell.printed };
}

for (const [fault, { args, sentence }] of Object.entries(FAULTS))
  t.test(`each command reports ${fault} in one sentence, with exit code 2`, async (t) => {
    for (const command of COMMANDS) {
      const { exitCode, stdout, stderr } = await lockstep([...command, ...args]);
      const printed = command[0] === 'version' ? /^lockstep +\S+ \(Node \S+\)\n$/ : /^$/;
      t.equal(exitCode, 2, command.join(' '));
      t.match(stdout, printed, command.join(' '));
      t.match(stderr, sentence, command.join(' '));
    }
  });

t.test('serve and controller do not start with a login that can never work', async (t) => {
  for (const fault of ['no kubeconfig', 'a plugin']) {
    const { args, sentence } = FAULTS[fault] ?? { args: [], sentence: /^$/ };
    for (const command of ['controller', 'serve']) {
      const { exitCode, stderr } = await lockstep([command, ...args, '--log-level', 'silent']);
      t.equal(exitCode, 2, command);
      t.match(stderr, sentence, command);
    }
  }
});
