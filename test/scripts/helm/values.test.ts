import { readFile } from 'node:fs/promises';
import { Ajv } from 'ajv';
import t from 'tap';
import { parse } from 'yaml';
import { misspellings } from '../../../scripts/helm/values/misspellings.ts';
import { valuesSchema } from '../../../scripts/helm/values/schema.ts';
import type { Members, Value } from '../../../scripts/helm/values/value.ts';
import { VALUES } from '../../../scripts/helm/values/values.ts';
import { valuesYaml } from '../../../scripts/helm/values/values-yaml.ts';
import { CONTROLLER_OPTIONS, controllerConfig, SERVE_OPTIONS, serveConfig } from '../../../src/config.ts';
import { CHART } from '../../helpers/cluster/helm.ts';

const validate = new Ajv({ strict: false, allErrors: true }).compile(valuesSchema(VALUES));

t.test(
  'the default values meet the schema, and are read from values.yaml as they are in the table',
  async (t) => {
    const defaults = parse(valuesYaml(VALUES));
    t.same(defaults, defaultsOf(VALUES));
    t.ok(validate(defaults), JSON.stringify(validate.errors));
  },
);

t.test('each option of the two programs is a value of the chart', async (t) => {
  const deployments = { webhook: SERVE_OPTIONS, controller: CONTROLLER_OPTIONS };
  for (const [component, options] of Object.entries(deployments)) {
    const template = await readFile(`${CHART}/templates/deployment-lockstep-${component}.yaml`, 'utf8');
    // A pod uses its own cluster.
    const missing = options.filter(
      ({ name, variable }) => name !== 'kubeconfig' && !template.includes(`name: ${variable}\n`),
    );
    t.same(
      missing.map(({ name }) => name),
      [],
      component,
    );
  }
});

t.test('a value has the range of its option', async (t) => {
  const none = new Map<string, string>();
  const serve = (name: string, text: string) => serveConfig(none, { [name]: text });
  const controller = (name: string, text: string) => controllerConfig(none, { [name]: text });
  for (const [path, variable, read] of [
    ['webhook.drainSeconds', 'LOCKSTEP_DRAIN_SECONDS', serve],
    ['controller.history', 'LOCKSTEP_HISTORY', controller],
    ['controller.resyncSeconds', 'LOCKSTEP_RESYNC_SECONDS', controller],
    ['controller.rolloutSeconds', 'LOCKSTEP_ROLLOUT_SECONDS', controller],
    ['controller.propagationSeconds', 'LOCKSTEP_PROPAGATION_SECONDS', controller],
  ] as const) {
    const { minimum, maximum } = schemaAt(path);
    for (const within of [minimum, maximum])
      t.doesNotThrow(() => read(variable, String(within)), `${path} ${within}`);
    for (const outside of [minimum - 1, maximum + 1])
      t.throws(() => read(variable, String(outside)), `${path} ${outside}`);
  }
});

t.test('a name at another place is refused, whatever its value is', async (t) => {
  const hint = 'set as webhook.replicas and controller.replicas';
  t.ok(validate({ webhook: { replicas: 2 } }));
  for (const values of [{ replicas: 2 }, { replicas: hint }, { webhook: { replicaCount: 2 } }])
    t.notOk(validate(values), JSON.stringify(values));
});

t.test('a misspelt name is refused with the nearest one, whatever its value is', async (t) => {
  const places = [['', VALUES] as const, ...sectionsOf(VALUES)];
  for (const [place, members] of places)
    for (const name of Object.keys(members)) {
      const last = name.length - 1;
      for (const typed of [
        name.slice(1),
        name.slice(0, last),
        `${name}x`,
        `x${name}`,
        `${name.slice(0, 2)}x${name.slice(3)}`,
        `${name.slice(0, last - 1)}${name.charAt(last)}${name.charAt(last - 1)}`,
      ]) {
        if (typed === name || members[typed] !== undefined) continue;
        const hint = `set as ${name}`;
        for (const value of [1, {}, hint]) {
          const values = { [typed]: value };
          t.notOk(validate(place === '' ? values : { [place]: values }), `${place}.${typed}`);
        }
        validate(place === '' ? { [typed]: 1 } : { [place]: { [typed]: 1 } });
        const hints = (validate.errors ?? []).map(({ params }) => params.allowedValue);
        t.ok(hints.includes(hint), `${place}.${typed}: ${hints}`);
      }
    }
});

t.test('a name that is one letter from another one of its place is a name', async (t) => {
  t.same([...misspellings(['port', 'ports', 'host'], ['hosts']).keys()], []);
  t.same([...misspellings(['port', 'replicas'], []).keys()], ['port', 'replicas']);
});

const sectionsOf = (members: Members): readonly (readonly [string, Members])[] =>
  Object.entries(members).flatMap(([name, member]) =>
    member.kind === 'section' ? [[name, member.members] as const] : [],
  );

function defaultsOf(members: Members): object {
  return Object.fromEntries(
    Object.entries(members).map(([name, member]) => [
      name,
      member.kind === 'section' ? defaultsOf(member.members) : member.default,
    ]),
  );
}

function schemaAt(path: string): { readonly minimum: number; readonly maximum: number } {
  const [name = '', member = ''] = path.split('.');
  const section = VALUES[name];
  if (section?.kind !== 'section') throw new Error(`no section ${name}`);
  const { minimum, maximum } = (section.members[member] as Value).schema;
  return { minimum: Number(minimum), maximum: Number(maximum) };
}
