import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { lockstep } from '../../helpers/commands/commands.ts';

const ran = (...args: readonly string[]) => lockstep('render', '--external-secret', ...args);

t.test('uses the policy of the introduction by default', async (t) => {
  const { exitCode, stdout, stderr } = await ran();
  t.equal(exitCode, 0);
  t.match(stdout, /^# Derived keys of SecretPolicy reconciliation,/);
  t.equal(stderr, '');
});

t.test('selects a policy by its name, by its file, or by both', async (t) => {
  const spec = '{ keys: { A: {}, B: { derive: { template: "x-${A}" } } } }';
  const policy = (name: string) =>
    `apiVersion: lockstep.dev/v1alpha1\nkind: SecretPolicy\nmetadata: { name: ${name} }\nspec: ${spec}\n`;
  const file = join(t.testdir(), 'shop.yaml');
  writeFileSync(file, policy('shop'));
  t.match(
    (await ran('--policy', file)).stdout,
    /Derived keys of SecretPolicy shop,[\s\S]* {8}'B': 'x-\{\{ \.A \}\}'\n$/,
  );
  writeFileSync(file, `${policy('shop')}---\n${policy('web')}`);
  t.match((await ran('--policy', 'web', '--policy', file)).stdout, 'Derived keys of SecretPolicy web,');
  t.match(await ran('--policy', file), { exitCode: 2, stderr: /name one of shop, web/ });
});

t.test('refuses contradictory options in one sentence', async (t) => {
  t.match(await ran('k8s/'), { exitCode: 2, stderr: /--external-secret: it is printed for a policy/ });
  t.match(await ran('--policy', 'jwt-keys'), { exitCode: 2, stderr: /jwt-keys derives nothing/ });
  t.match(await ran('--policy', 'nobody'), { exitCode: 2, stderr: /there is no policy nobody/ });
  t.match(await ran('--in-place'), { exitCode: 2, stderr: /does not go together with/ });
});
