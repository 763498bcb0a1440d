import t from 'tap';
import { type CommandName, EXIT_CODES } from '../../src/commands/cli/exit-codes.ts';
import { run } from '../../src/commands/program.ts';
import { aShell } from '../helpers/commands/commands.ts';
import { CODES_OF_A_CLUSTER } from '../helpers/commands/exit-codes.ts';

const secret = (value: string): string =>
  `apiVersion: v1\nkind: Secret\nmetadata: { name: app }\nstringData: { JWT_SECRET: ${value} }\n`;
const GOOD_VALUE = 'q8ZsLw2vT7xKc4RmYp9NbHd3JfGt6UaE1QiOoXyV';
const POLICY = `apiVersion: lockstep.dev/v1alpha1
kind: SecretPolicy
metadata: { name: shop }
spec: { match: { names: [app] }, keys: { TOKEN: { required: true, sensitive: true, minLength: 20 } } }
`;
const cases = (verdict: string): string =>
  `- { name: short, secret: { metadata: { name: app }, stringData: { TOKEN: short } }, expect: { verdict: ${verdict} } }\n`;
const folder = t.testdir({
  'good.yaml': secret(GOOD_VALUE),
  'bad.yaml': secret('changeme'),
  'policy.yaml': POLICY,
  'broken.yaml': POLICY.replace('minLength', 'minLenght'),
  certs: {},
  right: { 'shop.yaml': POLICY, 'shop.test.yaml': cases('deny') },
  wrong: { 'shop.yaml': POLICY, 'shop.test.yaml': cases('allow') },
  old: { PG_VERSION: '12\n' },
});
const at = (name: string): string => `${folder}/${name}`;

/** A command line for each exit code that needs no cluster. test/cluster/commands/exit-codes.test.ts has the others. */
const LINES: Readonly<Record<string, Readonly<Record<number, readonly string[]>>>> = {
  check: { 0: [at('good.yaml')], 1: [at('bad.yaml')], 2: [at('none.yaml')] },
  render: { 0: [at('good.yaml')], 1: [at('bad.yaml')], 2: [at('none.yaml')] },
  generate: {
    0: [],
    1: ['--policy', 'shop', '--policy', at('policy.yaml'), '--set', 'TOKEN=short'],
    2: ['--policy', 'no-such-policy'],
  },
  explain: { 0: ['placeholder'], 2: ['no-such-rule'] },
  'policy floor': { 0: [], 2: ['--policy', at('none.yaml')] },
  'policy list': { 0: [], 2: ['--policy', at('none.yaml')] },
  'policy show': { 0: ['jwt-keys'], 2: ['jwt'] },
  'policy validate': { 0: [at('policy.yaml')], 1: [at('broken.yaml')], 2: [at('none.yaml')] },
  'policy test': { 0: [at('right')], 1: [at('wrong')], 2: [at('none')] },
  version: { 0: ['--client'], 2: ['--kubeconfig', at('none')] },
  completion: { 0: ['bash'], 2: ['tcsh'] },
  certs: { 0: ['--cert-dir', at('certs')], 2: ['--kubeconfig', at('none')] },
  'init-db': {
    0: ['--data-dir', at('absent')],
    1: ['--data-dir', at('old'), '--major', '18'],
    2: ['--port', 'x', '--host', 'db'],
  },
  audit: { 2: ['--kubeconfig', at('none')] },
  doctor: { 2: ['app', '--kubeconfig', at('none')] },
  connect: { 2: ['app', '--kubeconfig', at('none')] },
  'find-value': { 2: ['--report', at('none')] },
  uses: { 2: ['app', '--kubeconfig', at('none')] },
  history: { 2: ['app', '--kubeconfig', at('none')] },
  heal: { 2: ['app', '--kubeconfig', at('none')] },
  rollback: { 2: ['app', '--to', '1', '--kubeconfig', at('none')] },
  rotate: {},
  probe: { 2: ['--kubeconfig', at('none')] },
  serve: { 2: ['--port', 'x'] },
  controller: { 2: ['--history', '1'] },
};

t.test('each exit code of the table has a line here, or in a cluster', async (t) => {
  t.same(Object.keys(LINES).sort(), Object.keys(EXIT_CODES).sort());
  for (const [name, codes] of Object.entries(EXIT_CODES)) {
    const here = Object.keys(LINES[name] ?? {}).map(Number);
    const all = [...here, ...(CODES_OF_A_CLUSTER[name as CommandName] ?? [])].sort();
    t.same(all, Object.keys(codes).map(Number), name);
  }
});

t.test('each command exits as the table says', async (t) => {
  const env = { POSTGRES_USER: 'app', POSTGRES_PASSWORD: GOOD_VALUE, POSTGRES_DB: 'app' };
  for (const [name, lines] of Object.entries(LINES))
    for (const [code, args] of Object.entries(lines)) {
      const shell = aShell(env);
      const exitCode = await run([...name.split(' '), ...args], shell);
      t.equal(exitCode, Number(code), `${name} ${args.join(' ')}: ${shell.printed.stderr}`);
    }
});
