import t from 'tap';
import { kubernetesEvents, rolloutEventText } from '../../../src/commands/controller/kubernetes-events.ts';
import { reconcile } from '../../../src/commands/controller/reconcile.ts';
import type { DomainEvent, Emit } from '../../../src/controllers/domain-event.ts';
import { secretEventOf } from '../../../src/controllers/secret/secret-event.ts';
import { CHANGE_CAUSES, type ChangeCause } from '../../../src/engine/secret/record/login-record.ts';
import type { WayOn } from '../../../src/engine/versions/rollback/stopped-rollout.ts';
import { aWorkload } from '../../helpers/engine/workload.ts';
import { aLoginWorld } from '../../helpers/login/login-world.ts';
import { aCredential } from '../../helpers/login/postgres-credential.ts';

const secret = { namespace: 'shop', name: 'app', uid: 'u1' };

function recorded(event: DomainEvent, isLogin: boolean): readonly string[] {
  const events: string[] = [];
  const emit = kubernetesEvents({
    recordEvent: async ({ reason, regarding }) =>
      void events.push(`${reason} ${regarding.kind}/${regarding.name}`),
    now: () => 0,
  });
  const credential = isLogin ? aCredential({ secretName: secret.name }) : undefined;
  emit(event, credential);
  emit(event, credential);
  return events;
}

t.test('a password change has Events on the Secret and on its PostgresCredential', async (t) => {
  const { name } = aCredential();
  const changes: Readonly<Record<string, DomainEvent>> = {
    PasswordChangeRolledBack: { kind: 'change-rolled-back', secret, id: 'c1', fault: 'it did not open' },
    PasswordChangeRefused: { kind: 'change-refused', secret, id: 'c1', reason: 'a right is missing' },
    Diverged: { kind: 'login-diverged', secret, since: new Date(0), reason: 'two passwords' },
  };
  for (const [reason, event] of Object.entries(changes)) {
    t.same(
      recorded(event, true),
      [`${reason} Secret/app`, `${reason} PostgresCredential/${name}`],
      'once each',
    );
    t.same(recorded(event, false), [`${reason} Secret/app`]);
  }
  const started: DomainEvent = { kind: 'change-started', secret, id: 'c1', cause: 'schedule' };
  t.ok(recorded(started, true).includes(`PasswordChangeStarted PostgresCredential/${name}`));
});

t.test('the controller names the login that an event is about', async (t) => {
  const world = aLoginWorld();
  const PLACE = { namespace: 'recon', name: 'reconciliation-secrets' };
  const named: string[] = [];
  const emit: Emit = ({ kind }, login) => void named.push(`${kind} ${login?.name ?? '-'}`);
  await reconcile(PLACE, { ...world.deps, emit }, () => 0);
  const { name } = world.deps.credentials.forSecret(PLACE, undefined) ?? {};
  t.ok(named.includes(`login-tried ${name}`));
  t.ok(named.includes('record-read -'));
});

t.test('other Events are about the Secret alone', async (t) => {
  const event: DomainEvent = { kind: 'break-glass', secret, writtenAt: new Date(0) };
  t.same(recorded(event, true), ['BreakGlass Secret/app'], 'once, however often it is reconciled');
});

t.test('a stopped rollout names the way on, and never the password that has failed', async (t) => {
  const note = (wayOn: WayOn): string =>
    rolloutEventText({
      kind: 'rollout-advanced',
      secret,
      step: { kind: 'stopped', version: 4, workload: aWorkload(), reason: 'is not healthy' },
      wayOn,
    }).note;
  for (const [wayOn, expected] of [
    [
      { kind: 'rolls-back' },
      /lockstep rolls the password back, on the server, in the Secret and in its cons/,
    ],
    [{ kind: 'rollback', to: 3 }, /lockstep rollback shop\/app --to 3 restores Secret and consumers\.$/],
    [{ kind: 'restored' }, /It has the values of an earlier version again, so its fault is another one\.$/],
    [{ kind: 'fix-workload' }, /Correct the workload, and the rollout continues\.$/],
  ] as const) {
    t.match(note(wayOn), expected);
    t.equal(/lockstep rollback/.test(note(wayOn)), wayOn.kind === 'rollback', wayOn.kind);
  }
});

t.test('a consumer that a person must restart is named', async (t) => {
  const event = (kind: 'held' | 'passed') =>
    rolloutEventText({
      kind: 'rollout-advanced',
      secret,
      step: { kind, version: 4, workload: aWorkload(), reason: 'is paused' },
      wayOn: { kind: 'fix-workload' },
    });
  const reason = 'ConsumerNotRestarted';
  const held = 'Deployment/api is paused: lockstep waits, because its pods have the login of before.';
  t.same(event('held'), { reason, note: held });
  const passed = 'Deployment/api is paused: it continues without version 4 of Secret app.';
  t.same(event('passed'), { reason, note: passed });
});

t.test('the start of a change names its real cause', async (t) => {
  const note = (cause: ChangeCause): string | undefined =>
    secretEventOf({ kind: 'change-started', secret, id: 'c1', cause })?.note;
  t.match(note('edited'), /was edited/);
  t.match(note('from-secret'), /^A user has requested that the server follows the Secret/);
  for (const cause of CHANGE_CAUSES) t.equal(/edited/.test(note(cause) ?? ''), cause === 'edited', cause);
});

t.test('the end of a change names the consumers that still have the password from before', async (t) => {
  const note = (outdated: readonly string[] | undefined): string | undefined =>
    secretEventOf({ kind: 'change-completed', secret, id: 'c1', outdated })?.note;
  t.equal(note(undefined), 'Secret and server have the password.');
  t.equal(note([]), 'Secret, server and consumers have the password.');
  const paused = 'Deployment/api: it is paused; kubectl rollout resume restarts it';
  const text = 'Secret and server have the password, and not all consumers are rolled out';
  t.equal(note([paused]), `${text}. ${paused}.`);
  const many = Array.from({ length: 7 }, (_, index) => `Deployment/api-${index}: x`);
  t.equal(note(many), `${text}. ${many.slice(0, 5).join('. ')}. And 2 more.`);
});
