import t from 'tap';
import {
  DERIVED_FROM_ANNOTATION,
  DERIVED_SECRET_LABEL,
} from '../../../../src/engine/review/own-writes/derived-secret-marks.ts';
import {
  type Permissions,
  permissionsFor,
  withLoginPermissions,
} from '../../../../src/engine/review/own-writes/permissions.ts';
import type { Secret } from '../../../../src/engine/secret/secret.ts';
import { aPolicy, aSecret, GOOD, testContext } from '../../../helpers/engine/engine.ts';

const over = (specs: readonly object[], rest: Partial<Secret> = {}): Permissions =>
  permissionsFor(
    aSecret({ TOKEN: GOOD.key }, rest),
    undefined,
    specs.map((spec, index) => aPolicy(`p${index}`, spec)),
    testContext,
  );

const annotations = new Map([['lockstep.dev/generate', 'true']]);
const GENERATED = { keys: { TOKEN: { generate: { bytes: 32 } } } };
const PLAIN = { keys: { OTHER: {} } };
const OWNED = { controller: 'ExternalSecret/app' };

t.test('permits nothing that no policy requests', async (t) => {
  const none = {
    mayHeal: false,
    mayGenerate: false,
    mayRestart: false,
    isManaged: false,
    needsReconcile: false,
  };
  t.match(over([PLAIN]), { ...none, mayWrite: true });
  t.match(over([]), { ...none, mayWrite: true });
  t.match(over([GENERATED]), none);
});

t.test('one policy of several is enough', async (t) => {
  t.match(over([{ heal: 'Off', ...PLAIN }, { heal: 'Drift' }]), {
    mayHeal: true,
    mayGenerate: false,
    mayRestart: false,
  });
  t.match(over([PLAIN, { restart: true }]), { mayHeal: false, mayRestart: true });
  t.match(over([PLAIN, GENERATED], { annotations }), { mayHeal: false, mayGenerate: true });
  t.equal(over([PLAIN, { restart: true }]).needsReconcile, true);
  const old = { keys: { TOKEN: { maxAge: '30d' }, OTHER: {} } };
  t.match(over([PLAIN, old]), { isManaged: false, needsReconcile: true });
});

t.test("generates nothing in a Secret that can't be written, but restarts its consumers", async (t) => {
  for (const rest of [{ immutable: true }, OWNED])
    t.match(over([{ ...GENERATED, heal: 'Always', restart: true }], { ...rest, annotations }), {
      mayWrite: false,
      mayHeal: false,
      mayGenerate: false,
      mayRestart: true,
      isManaged: true,
    });
});

t.test('reconciles a derived Secret and a Secret that requests one', async (t) => {
  const asks = { annotations: new Map([['lockstep.dev/derived-secret', 'true']]) };
  t.equal(over([PLAIN], { ...OWNED, ...asks }).needsReconcile, true);
  t.equal(over([PLAIN], OWNED).needsReconcile, false);
  const sibling = {
    name: 'app-derived',
    labels: new Map([[DERIVED_SECRET_LABEL, 'true']]),
    annotations: new Map([[DERIVED_FROM_ANNOTATION, 'app']]),
  };
  t.equal(over([PLAIN], sibling).needsReconcile, true);
});

t.test('a login is managed, and a policy or a PostgresCredential restarts its consumers', async (t) => {
  const restarts = { restart: true };
  t.match(withLoginPermissions(over([PLAIN]), { restart: false }), {
    mayRestart: false,
    isManaged: true,
    needsReconcile: true,
  });
  t.equal(withLoginPermissions(over([PLAIN]), restarts).mayRestart, true);
  t.equal(withLoginPermissions(over([restarts]), { restart: false }).mayRestart, true);
});
