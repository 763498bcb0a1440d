import t from 'tap';
import { permissionsFor } from '../../../../src/engine/review/own-writes/permissions.ts';
import { newLoginRecord } from '../../../../src/engine/secret/record/login-record.ts';
import { newRecord, type SecretRecord, type Version } from '../../../../src/engine/secret/record/record.ts';
import { recordObservation } from '../../../../src/engine/secret/record/record-observation.ts';
import type { Secret } from '../../../../src/engine/secret/secret.ts';
import { Sensitive } from '../../../../src/engine/secret/sensitive.ts';
import { recordFindings } from '../../../../src/engine/versions/record-findings/record-findings.ts';
import { aPolicy, aSecret, GOOD, testContext } from '../../../helpers/engine/engine.ts';
import { at, values } from '../../../helpers/engine/record.ts';
import { fc } from '../../../helpers/property.ts';

const A_DAY = 24 * 60 * 60;
const POLICY = { keys: { TOKEN: { sensitive: true, aliases: ['token'] }, NAME: {} }, heal: 'Drift' };
const FIRST = { TOKEN: GOOD.key, NAME: 'first' };

interface Write {
  readonly texts: Readonly<Record<string, string>>;
  readonly second: number;
  readonly by?: string;
  readonly why?: Exclude<Version['why']['kind'], 'rotated' | 'rolled-back' | 'login'>;
  readonly recreated?: true | undefined;
}

/** The record after these writes. */
const after = (writes: readonly Write[], history = 5): SecretRecord =>
  writes.reduce(
    (record, { texts, second, by = 'helm', why = 'changed', recreated }) =>
      recordObservation(
        record,
        values(texts),
        { time: at(second), by, why: { kind: why }, recreated },
        { history, restarts: false },
      ),
    newRecord('u', values(FIRST), { time: at(0), by: 'helm', why: { kind: 'seen' } }),
  );

interface Told {
  readonly now?: number;
  readonly policy?: object;
  readonly rest?: Partial<Omit<Secret, 'data'>>;
  readonly maxAction?: 'Enforce' | 'Warn' | 'Audit';
  readonly history?: number;
}

function findings(
  writes: readonly Write[] | SecretRecord,
  { now, policy = {}, rest, maxAction = 'Enforce', history }: Told = {},
) {
  const record = 'versions' in writes ? writes : after(writes, history);
  const last = record.versions.at(-1);
  const context = {
    ...testContext,
    maxAction,
    now: () => (now === undefined ? (last?.time ?? at(0)) : at(now)),
  };
  const secret = { ...aSecret({}, rest), data: last?.data ?? new Map() };
  const policies = [aPolicy('app', { ...POLICY, ...policy })];
  return recordFindings(permissionsFor(secret, undefined, policies, context), record, context);
}

const texts = (...given: Parameters<typeof findings>): readonly string[] =>
  findings(...given).map(
    ({ action, key, rule, message, fix }) => `${action} ${key} ${rule}: ${message}: ${fix}`,
  );

const other = (number: number): string => `${GOOD.other}${number}`;
/** `count` new tokens, one each day. */
const upgrades = (count: number, more: Partial<Write> = {}): readonly Write[] =>
  Array.from({ length: count }, (_, index) => ({
    texts: { ...FIRST, TOKEN: other(index) },
    second: (index + 1) * A_DAY,
    ...more,
  }));

const AGAIN =
  'Warn TOKEN changed-again: was changed three times within a week by helm: set onChange: Keep on this key in a policy, and the Secret keeps its value';

t.test('a sensitive key that one writer changes three times in a week is a finding', async (t) => {
  t.same(texts(upgrades(2)), []);
  t.same(texts(upgrades(3)), [AGAIN]);
  t.same(texts(upgrades(6)), [AGAIN], 'the text stays, so one Event is enough');
  t.same(texts(upgrades(6), { history: 2 }), [AGAIN], 'however few versions are kept');
});

t.test('changes of different writers, or over a longer time, are no finding', async (t) => {
  const [first, second, third] = upgrades(3);
  t.ok(first && second && third);
  if (!first || !second || !third) return;
  t.same(texts([first, second, { ...third, by: 'kubectl-edit' }]), []);
  t.same(texts([first, second, { ...third, second: 9 * A_DAY }]), []);
  t.same(texts(upgrades(3), { now: 9 * A_DAY }), [], 'the finding ends by itself');
});

t.test("lockstep's own writes and unknown writers do not count", async (t) => {
  t.same(texts(upgrades(5, { why: 'healed' })), []);
  t.same(texts(upgrades(5, { by: 'lockstep-controller' })), []);
  t.same(texts(upgrades(5, { by: 'lockstep' })), []);
  t.same(texts(upgrades(5, { by: 'unknown' })), []);
});

t.test('only a sensitive base key of a policy changes too often', async (t) => {
  const names = [1, 2, 3].map((second) => ({ texts: { ...FIRST, NAME: `name ${second}` }, second }));
  t.same(texts(names), []);
  t.same(texts(upgrades(3), { policy: { match: { names: ['another'] } } }), []);
  const aliased = [1, 2, 3].map((second) => ({ texts: { token: other(second) }, second }));
  t.match(texts(aliased), [/^Warn token changed-again/]);
  const derived = { TOKEN: { sensitive: true, derive: { template: 'x-${NAME:-none}' } }, NAME: {} };
  t.same(texts(upgrades(3), { policy: { keys: derived } }), []);
});

t.test('a key that the policy keeps changes with consent only, which is no finding', async (t) => {
  const keys = { TOKEN: { sensitive: true, onChange: 'Keep' } };
  t.same(texts(upgrades(3), { policy: { keys } }), []);
  t.same(
    texts([again(1)], { policy: { keys } }),
    [REPLACED(1)],
    'the webhook sees no change of a new Secret',
  );
});

t.test('a replacement with consent is no finding', async (t) => {
  const until = (second: number) => ({
    annotations: new Map([['lockstep.dev/allow-change-until', at(second).toISOString()]]),
  });
  t.same(texts([again(1)], { rest: until(3600), now: A_DAY }), []);
  t.same(texts([again(1)], { rest: until(1) }), [REPLACED(1)], 'it had run out');
  t.same(texts([again(1)], { rest: until(2 * A_DAY) }), [REPLACED(1)], 'it is too far ahead');
});

t.test('the action is at most Warn, and an exception silences the finding', async (t) => {
  const [finding] = findings(upgrades(3), { policy: { action: 'Audit' } });
  t.equal(finding?.action, 'Audit');
  t.equal(findings(upgrades(3), { maxAction: 'Audit' })[0]?.action, 'Audit');
  t.equal(findings(upgrades(3))[0]?.policy, 'app');
  const exceptions = [{ namespace: '*', name: '*', keys: ['TOKEN'], reason: 'test', until: '2999-01-01' }];
  t.same(texts(upgrades(3), { policy: { exceptions } }), []);
});

t.test('the owner of a Secret gets advice for its source', async (t) => {
  const labels = new Map([['reconcile.external-secrets.io/managed', 'true']]);
  t.match(texts(upgrades(3), { rest: { labels } }), [
    /: keep one value in the store that the ExternalSecret reads$/,
  ]);
});

t.test('the name of a writer in an edited record prints nothing unexpected', async (t) => {
  for (const by of ['\u001b[31mhelm', 'a\nb', 'x'.repeat(129), ''])
    t.match(texts(upgrades(3, { by })), [/within a week by another client: /], by);
});

const again = (number: number, second = number, more: Partial<Write> = {}): Write => ({
  texts: { ...FIRST, TOKEN: other(number) },
  second,
  recreated: true,
  ...more,
});
const REPLACED = (to: number) =>
  `Warn TOKEN replaced: has another value since the Secret was created again: if the earlier value is the right one, run lockstep rollback recon/reconciliation-secrets --to ${to}`;

t.test('a Secret that was created again with another value names the command that goes back', async (t) => {
  t.same(texts([again(1)]), [REPLACED(1)]);
  t.same(texts([again(1), again(2)]), [REPLACED(1)], 'two times in a row');
  t.same(texts([again(1), again(2), again(3)]), [REPLACED(1)], 'a policy would not have kept it');
  t.same(texts([...upgrades(1), again(2, 2 * A_DAY)]), [REPLACED(2)], 'the value that it had last');
  const edited = { texts: { ...FIRST, TOKEN: other(1), NAME: 'second' }, second: 2 };
  t.same(texts([again(1), edited]), [REPLACED(1)], 'a change of another key is no decision');
  t.same(texts([again(1)], { now: 8 * A_DAY }), [], 'a week later the new value is in use');
});

/** lockstep rotates TOKEN, and `by` sets it back. */
const revert = (more: Partial<Write> = {}): readonly Write[] => [
  { texts: { ...FIRST, TOKEN: other(1) }, second: 1, by: 'lockstep-controller', why: 'generated' },
  { texts: FIRST, second: 2, ...more },
];
const HELM_PAGE = 'https://github.com/lockstep-dev/lockstep/blob/main/docs/tasks/helm.md';
const REVERTED = `Warn TOKEN reverted: was set back to the value of version 1 by helm: set onChange: Keep on this key in a policy; if the value before is the right one, run lockstep rollback recon/reconciliation-secrets --to 2: ${HELM_PAGE}`;

t.test('a value of an earlier version that comes back names the writer and its page', async (t) => {
  t.same(texts(revert()), [REVERTED]);
  t.match(texts(revert({ by: 'argocd-controller' })), [/ by argocd-controller: .*argo-cd\.md$/]);
  t.match(texts(revert({ by: 'kustomize-controller' })), [/ by kustomize-controller: .*flux\.md$/]);
  t.match(texts(revert({ by: 'kubectl-edit' })), [/ by kubectl-edit: .*keep-passwords\.md$/]);
  t.match(texts(revert({ by: 'unknown' })), [/ by another client: /]);
  const more = { texts: { ...FIRST, NAME: 'second' }, second: 3 };
  t.same(texts([...revert(), more]), [REVERTED], 'a change of another key is no decision');
  t.same(texts(revert(), { now: 8 * A_DAY }), [], 'a week later the value is in use');
});

t.test('a new value, a correction of the own value and a rollback are no value that came back', async (t) => {
  t.same(texts(revert({ texts: { ...FIRST, TOKEN: other(2) } })), []);
  const [rotated, back] = revert();
  t.same(texts([{ ...rotated!, by: 'helm', why: 'changed' }, back!]), [], 'one writer, back and forth');
  t.same(texts(revert({ by: 'lockstep', why: 'healed' })), []);
  t.same(texts(revert({ by: 'velero-server' })), [], 'a person has restored a backup');
  t.same(texts([...revert(), { texts: { ...FIRST, TOKEN: other(3) }, second: 3 }]), []);
  t.same(texts([...revert(), { ...rotated!, second: 3 }]), [], 'lockstep has the last word');
  t.same(texts(revert(), { history: 1 }), [], 'the earlier version is no longer kept');
  const until = { annotations: new Map([['lockstep.dev/allow-change-until', at(3600).toISOString()]]) };
  t.same(texts(revert(), { rest: until }), [], 'with consent');
});

t.test('a value came back although its policy keeps it: the advice is its source', async (t) => {
  const keys = { TOKEN: { sensitive: true, onChange: 'Keep' } };
  t.match(texts(revert(), { policy: { keys } }), [/: change its source; if the value before/]);
  t.match(texts(revert(), { rest: { immutable: true } }), [/policy: https/]);
});

/** Two tools write NAME and TOKEN in turn. */
const turns = (count: number, seconds = 60): readonly Write[] =>
  Array.from({ length: count }, (_, index) => ({
    texts: index % 2 === 0 ? { TOKEN: other(1), NAME: 'argo' } : FIRST,
    second: (index + 1) * seconds,
    by: index % 2 === 0 ? 'argocd-controller' : 'helm',
  }));

t.test('two writers who set a key in turn are one finding that names both', async (t) => {
  t.same(texts(turns(4)), [
    'Warn TOKEN two-writers: was changed more than three times within an hour, by argocd-controller and helm in turn, and so were other keys: leave the key to one of them, and remove it from the source of the other: https://github.com/lockstep-dev/lockstep/blob/main/docs/tasks/argo-cd.md',
  ]);
  t.same(texts(turns(20)), texts(turns(4)), 'the text stays, so one Event is enough');
  t.notMatch(texts(turns(3)).join(), /two-writers/, 'three writes are no fight');
  t.notMatch(texts(turns(8, 30 * 60)).join(), /two-writers/, 'two in an hour are slow');
  t.notMatch(texts(turns(8), { now: 2 * 3600 }).join(), /two-writers/, 'the finding ends by itself');
  const names = turns(4).map((one) => ({ ...one, texts: { ...FIRST, NAME: one.texts.NAME ?? '' } }));
  t.match(texts(names), [/^Warn NAME two-writers: .* in turn: leave/], 'also a key that is not sensitive');
  const oneAfterTheOther = ['kubectl-create', 'kubectl-create', 'a-script', 'a-script', 'a-script'].map(
    (by, index) => ({
      texts: { ...FIRST, TOKEN: other(index) },
      second: index + 1,
      by,
    }),
  );
  t.match(
    texts(oneAfterTheOther),
    [/^Warn TOKEN changed-again: /],
    'the second one begins when the first has ended',
  );
});

t.test('the same value, a decision since then and a new key are no replacement', async (t) => {
  t.same(texts([again(1, 1, { texts: { ...FIRST, NAME: 'second' } })]), []);
  t.same(texts([again(1), { texts: { ...FIRST, TOKEN: other(7) }, second: 2 }]), []);
  t.same(texts([again(1), { texts: FIRST, second: 2, why: 'healed' }]), []);
  t.same(texts([again(1), again(2, 2, { texts: FIRST })]), [], 'the second time has the first value');
  t.same(texts([{ texts: { NAME: 'first' }, second: 1 }, again(2)]), [], 'the key had no value');
});

t.test('a key that the new Secret lacks is a replacement too', async (t) => {
  t.match(texts([again(1, 1, { texts: { NAME: 'first' } })]), [
    /^Warn TOKEN replaced: has no value any more since/,
  ]);
});

t.test('no command is printed that would be refused', async (t) => {
  const set = /: if the earlier value is the right one, set it/;
  const labels = new Map([['reconcile.external-secrets.io/managed', 'true']]);
  t.match(texts([again(1)], { rest: { labels } }), [set]);
  t.match(texts([again(1)], { rest: { immutable: true } }), [set]);
  const strict = { keys: { TOKEN: { sensitive: true, minLength: GOOD.other.length + 1 } } };
  t.match(texts([again(1)], { policy: strict }), GOOD.key.length > GOOD.other.length ? [REPLACED(1)] : [set]);
  t.same(
    texts([again(1), ...upgrades(6).map((one) => ({ ...one, second: one.second + 1 }))], { history: 1 })
      .length,
    1,
  );
});

t.test('the password of a proven login is left to the PostgresCredential', async (t) => {
  const password = Sensitive.fromText(GOOD.key);
  const login = { ...newLoginRecord('u', 'app'), current: { role: 'app', password } };
  t.same(texts({ ...after([again(1)]), login }), []);
  const otherLogins = [{ ...login, system: 'redis' as const }];
  t.same(texts({ ...after([again(1)]), login: newLoginRecord('u', 'app'), otherLogins }), [], 'of each kind');
});

t.test('no finding has a value, and each replacement names a version with the earlier value', async (t) => {
  const write = fc.record({
    token: fc.integer({ min: 0, max: 3 }),
    by: fc.constantFrom('helm', 'kubectl-edit', 'lockstep-controller'),
    why: fc.constantFrom('changed' as const, 'healed' as const),
    recreated: fc.constantFrom(undefined, true as const),
    hours: fc.integer({ min: 1, max: 60 }),
  });
  fc.assert(
    fc.property(fc.array(write, { maxLength: 12 }), fc.integer({ min: 1, max: 6 }), (history, kept) => {
      let second = 0;
      const writes = history.map(({ token, hours, ...rest }) => {
        second += hours * 3600;
        return { ...rest, texts: { ...FIRST, TOKEN: other(token) }, second };
      });
      const record = after(writes, kept);
      const last = record.versions.at(-1);
      return findings(record).every(({ rule, message, fix }) => {
        const text = `${message} ${fix}`;
        const to = Number(/--to (\d+)/.exec(fix)?.[1]);
        const target = record.versions.find(({ number }) => number === to)?.data?.get('TOKEN');
        const isRight =
          rule === 'changed-again' ||
          rule === 'two-writers' ||
          (rule === 'reverted' && Number.isNaN(to)) ||
          (target !== undefined && !target.equals(last?.data?.get('TOKEN')) && to < (last?.number ?? 0));
        return isRight && !text.includes(GOOD.key) && !text.includes(GOOD.other);
      });
    }),
    { numRuns: 300 },
  );
  t.pass();
});
