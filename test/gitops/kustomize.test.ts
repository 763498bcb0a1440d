import t, { type Test } from 'tap';
import { generatorNameOf } from '../../src/engine/secret/kubernetes/generated-name.ts';
import type { Team } from '../helpers/cluster/team.ts';
import { GOOD } from '../helpers/engine/engine.ts';
import { type Flux, fluxOn } from '../helpers/gitops/flux.ts';
import { kustomizeOf } from '../helpers/gitops/kustomize.ts';
import { aTable } from '../helpers/gitops/table.ts';
import { aWorld, type World } from '../helpers/gitops/world.ts';
import { blocksOf, readPage, sectionOf } from '../helpers/pages/pages.ts';

// Statements of docs/tasks/kustomize.md: kustomize's own library builds, and the code of Flux applies.
const row = aTable(t, ['G12', 'webhook', 'writes']);
const builtBy = kustomizeOf(t);

const CREDENTIAL = `apiVersion: lockstep.dev/v1alpha1
kind: PostgresCredential
metadata:
  name: app
spec:
  secretName: app
`;

const WORKLOAD = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: api
spec:
  selector: { matchLabels: { app: api } }
  template:
    metadata: { labels: { app: api } }
    spec:
      containers: [{ name: api, image: api, envFrom: [{ secretRef: { name: app } }] }]
`;

const kustomization = (options: string): string => `secretGenerator:
  - name: app
    envs: [app.env]
generatorOptions:
${options}
resources: [credential.yaml, api.yaml]
`;

/** The port 9 of this machine answers nobody. */
const files = (password: string, options: string) => ({
  'kustomization.yaml': kustomization(options),
  'app.env': `POSTGRES_USER=shop\nPOSTGRES_PASSWORD=${password}\nPOSTGRES_DB=shop\nPOSTGRES_HOST=127.0.0.1\nPOSTGRES_PORT=9\n`,
  'credential.yaml': CREDENTIAL,
  'api.yaml': WORKLOAD,
});

const HASHED = '  immutable: false';
const IMMUTABLE = '  immutable: true';
/** The snippet of the page. */
const [SNIPPET] = blocksOf(sectionOf(await readPage('docs/tasks/kustomize.md'), '## Names with a hash'));
const PLAIN = (SNIPPET?.text ?? '').replace('generatorOptions:\n', '').trimEnd();

async function built(password: string, options: string) {
  const objects = await builtBy(files(password, options));
  const secret = objects.find(({ kind }) => kind === 'Secret');
  const workload = objects.find(({ kind }) => kind === 'Deployment');
  if (secret === undefined) throw new Error('kustomize made no Secret');
  const reads = workload?.spec.template.spec.containers[0].envFrom[0].secretRef.name;
  return { objects, name: secret.metadata.name, reads, immutable: secret.immutable };
}

interface Case {
  readonly world: World;
  readonly team: Team;
  readonly flux: Flux;
}

const ready = async ({ team }: Case): Promise<string> => {
  const { stdout } = await team.kubectl(
    'get postgrescredential app -o jsonpath={.status.conditions[?(@.type=="Ready")].message}',
  );
  return stdout;
};

const untilReady = (one: Case, text: string | RegExp): Promise<void> =>
  one.world.until(`${text} in ${one.team.namespace}`, async () => (await ready(one)).search(text) >= 0);

t.test('G12: the hash of kustomize is what lockstep takes for one', async (t) => {
  const names = new Set<string>();
  for (const password of [
    GOOD.password,
    GOOD.other,
    ...Array.from({ length: 30 }, (_, index) => `x${index}`),
  ]) {
    const { name, reads } = await built(password, HASHED);
    t.equal(generatorNameOf(name), 'app', name);
    t.equal(reads, name, 'a workload follows');
    names.add(name);
  }
  t.equal(names.size, 32, 'each content has its name');
  t.equal((await built(GOOD.password, PLAIN)).name, 'app');
  t.equal((await built(GOOD.password, IMMUTABLE)).immutable, true);
});

async function sentenceOfDoctor(t: Test, { team, world: { lockstep } }: Case, name: string): Promise<void> {
  const generated = await lockstep('doctor', `${team.namespace}/${name}`);
  t.match(
    generated.stdout,
    'PostgresCredential app names app, and kustomize added a hash to the name of this Secret',
  );
  const named = await lockstep('doctor', `${team.namespace}/app`);
  t.match(named.stdout, `there is no such Secret, but kustomize made ${name}`);
}

for (const webhook of ['answers', 'is silent'] as const)
  await t.test(`the webhook ${webhook}`, async (t) => {
    const world = await aWorld(t, webhook);
    const fluxIn = fluxOn(t, world.cluster);
    const aCase = async (): Promise<Case> => {
      const team = await world.team();
      return { world, team, flux: fluxIn(team.namespace) };
    };

    for (const options of [HASHED, IMMUTABLE])
      await t.test(`G12: a new name at each change, and the credential says so:${options}`, async (t) => {
        const one = await aCase();
        const first = await built(GOOD.password, options);
        t.match(await one.flux.sync(first.objects), { writes: 3, error: undefined });
        await untilReady(one, `but kustomize made ${first.name}`);
        t.match(await ready(one), /set disableNameSuffixHash to true in the options of its secretGenerator/);
        await sentenceOfDoctor(t, one, first.name);
        t.match(await one.flux.sync(first.objects), { writes: 0 });

        const next = await built(GOOD.other, options);
        t.match(
          await one.flux.sync(next.objects),
          { writes: 2 },
          'a Secret with a new name, and the workload',
        );
        t.equal(
          (await one.team.stored(first.name))?.values.POSTGRES_PASSWORD,
          GOOD.password,
          'old pods read the old one',
        );
        t.equal((await one.team.stored(next.name))?.values.POSTGRES_PASSWORD, GOOD.other);
        t.match(await one.flux.sync(first.objects), { writes: 1 }, 'a rollback in Git is the old name');
        row(`a change in Git,${options.replace(' ', '')}: a new Secret, and the workload`, webhook, 2);
        await one.team.run(`delete secret ${first.name} ${next.name}`);
        await untilReady(one, /^there is no such Secret$/);
      });

    await t.test('G12: with a plain name the credential has its Secret', async (t) => {
      const one = await aCase();
      const first = await built(GOOD.password, PLAIN);
      t.match(await one.flux.sync(first.objects), { writes: 3 });
      await untilReady(one, 'lockstep keeps this login in sync');
      t.match(await one.flux.sync(first.objects), { writes: 0 });
      const next = await built(GOOD.other, PLAIN);
      t.match(await one.flux.sync(next.objects), { writes: 1 }, 'one change in Git is one write');
      row('a change in Git, disableNameSuffixHash: true', webhook, 1);
    });

    await t.test('G12: an immutable Secret with a plain name is said, and not changed', async (t) => {
      const one = await aCase();
      const { objects } = await built(GOOD.password, PLAIN.replace('immutable: false', 'immutable: true'));
      await one.flux.sync(objects);
      const before = await one.team.stored('app');
      await untilReady(one, 'the Secret is immutable: delete it, and create a mutable one');
      t.same(await one.team.stored('app'), before);
    });
  });
