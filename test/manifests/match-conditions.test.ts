import { writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import t from 'tap';
import { run } from '../../src/commands/program.ts';
import { kustomize, pick } from '../helpers/cluster/kustomize.ts';
import { aShell } from '../helpers/commands/commands.ts';

const ROOT = join(import.meta.dirname, '..', '..');

t.test('the component of kustomize adds the condition to those of the base', async (t) => {
  const shell = aShell();
  await run(['policy', 'match-conditions', '--no-builtin', 'no-placeholders'], shell);
  const folder = t.testdir({ component: {} });
  const base = relative(folder, join(ROOT, 'manifests', 'base'));
  await writeFile(join(folder, 'component', 'kustomization.yaml'), shell.printed.stdout);
  await writeFile(
    join(folder, 'kustomization.yaml'),
    JSON.stringify({ resources: [base], components: ['component'] }),
  );
  const [plain, patched] = await Promise.all([
    kustomize('manifests/base'),
    kustomize(relative(ROOT, folder)),
  ]);
  for (const [kind, name] of [
    ['MutatingWebhookConfiguration', 'mutate.lockstep.dev'],
    ['ValidatingWebhookConfiguration', 'validate.lockstep.dev'],
  ] as const) {
    const expected = pick(plain, kind, 'lockstep');
    const webhook = expected.webhooks.find((one: { name: string }) => one.name === name);
    const { webhooks } = pick(patched, kind, 'lockstep');
    const { matchConditions } = webhooks.find((one: { name: string }) => one.name === name);
    const added = matchConditions.find((one: { name: string }) => one.name === 'a-policy-may-match');
    t.match(added.expression, /\bsecretName\b/);
    webhook.matchConditions.push(added);
    const byName = (one: { name: string }, other: { name: string }) => one.name.localeCompare(other.name);
    matchConditions.sort(byName);
    webhook.matchConditions.sort(byName);
    t.same(webhooks.toSorted(byName), expected.webhooks.toSorted(byName));
  }
});
