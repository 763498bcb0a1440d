import t from 'tap';
import { frameOf } from '../../../../src/engine/secret/record/secret-frame.ts';
import type { Secret } from '../../../../src/engine/secret/secret.ts';
import { planCreation, versionToCreate } from '../../../../src/engine/versions/rollback/deleted-secret.ts';
import { aPolicy, aSecret, GOOD, testContext } from '../../../helpers/engine/engine.ts';
import { aVersion, plainValues } from '../../../helpers/engine/record.ts';

const POLICIES = [
  aPolicy('app', {
    match: { hasKeys: ['TOKEN'] },
    heal: 'Always',
    keys: {
      TOKEN: { sensitive: true, required: true },
      URL: { derive: { template: 'postgresql://app:${TOKEN}@db/app' } },
    },
  }),
];
const url = (token: string) => `postgresql://app:${token}@db/app`;
const VERSIONS = [
  aVersion(3, { TOKEN: GOOD.key, URL: url(GOOD.key) }),
  aVersion(4, {}, { data: undefined }),
  aVersion(5, { TOKEN: 'CHANGE_ME' }),
  aVersion(6, { TOKEN: GOOD.key, URL: url(GOOD.refresh) }),
];
const REF = { namespace: 'shop', name: 'app' };

function planned(to: number, seen: Partial<Omit<Secret, 'data'>> | null = {}, namespace = 'shop') {
  const frame = seen === null ? undefined : frameOf(aSecret({}, seen));
  const place = { policies: POLICIES, namespaceLabels: undefined };
  return planCreation({ ...REF, namespace }, { versions: VERSIONS, frame }, to, place, testContext);
}

t.test('has the values of the version, and the rest as it was seen last', async (t) => {
  const labels = new Map([['team', 'shop']]);
  const plan = planned(3, { type: 'kubernetes.io/basic-auth', labels, immutable: true });
  if (plan.kind !== 'create') throw new Error(plan.kind);
  t.match(plan, { hasFrame: true, findings: [], byWebhook: [], byController: [] });
  t.match(plan.secret, { ...REF, type: 'kubernetes.io/basic-auth', labels, immutable: true });
  t.same(plainValues(plan.secret.data), { TOKEN: GOOD.key, URL: url(GOOD.key) });
});

t.test('inherits no consent, even if somebody wrote one into the record', async (t) => {
  const annotations = new Map([
    ['lockstep.dev/break-glass', 'INC-1'],
    ['team', 'shop'],
  ]);
  const frame = { ...frameOf(aSecret({})), annotations };
  const place = { policies: POLICIES, namespaceLabels: undefined };
  const plan = planCreation(REF, { versions: VERSIONS, frame }, 3, place, testContext);
  t.same(plan.kind === 'create' && [...plan.secret.annotations], [['team', 'shop']]);
});

t.test('is validated like any other new Secret', async (t) => {
  t.match(planned(5), { kind: 'create', findings: [{ rule: 'placeholder', action: 'Enforce' }] });
  t.match(planned(6), { byWebhook: ['URL'], byController: ['URL'] });
});

t.test('is refused if it can not be restored, or if another controller makes it', async (t) => {
  t.same(planned(2), { kind: 'unknown', known: [3, 4, 5, 6] });
  t.same(planned(4), { kind: 'lost' });
  t.match(planned(3, { controller: 'ExternalSecret/app' }), {
    kind: 'refused',
    reason: 'belonged to ExternalSecret/app: have that make it again',
  });
  const token = 'kubernetes.io/service-account-token';
  t.match(
    planned(3, { type: token }),
    { kind: 'refused', reason: 'is exempt by its type' },
    'a forged record',
  );
  t.match(planned(3, {}, 'kube-system'), { kind: 'refused' });
});

t.test('a record without them makes an Opaque Secret', async (t) => {
  t.match(planned(3, null), { kind: 'create', hasFrame: false, secret: { type: 'Opaque' } });
});

t.test('by default it is the last version, and for a login the last with the proven one', async (t) => {
  t.equal(versionToCreate({ versions: VERSIONS }, undefined), 6);
  t.equal(
    versionToCreate({ versions: VERSIONS }, ({ number }) => number === 3),
    3,
  );
  t.equal(
    versionToCreate({ versions: VERSIONS }, () => false),
    6,
  );
  t.equal(versionToCreate({ versions: VERSIONS.slice(0, 2) }, undefined), 3, 'the last one is lost');
});
