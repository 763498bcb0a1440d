import t from 'tap';
import { kubernetesEvents } from '../../../src/commands/controller/kubernetes-events.ts';
import type { DomainEvent } from '../../../src/controllers/events/domain-event.ts';
import { aCredential } from '../../helpers/login/postgres-credential.ts';

const secret = { namespace: 'shop', name: 'app', uid: 'u1' };

function recorded(event: DomainEvent, isLogin: boolean): readonly string[] {
  const events: string[] = [];
  const emit = kubernetesEvents({
    recordEvent: async ({ reason, regarding }) =>
      void events.push(`${reason} ${regarding.kind}/${regarding.name}`),
    credentialOf: () => (isLogin ? aCredential() : undefined),
    now: () => 0,
  });
  emit(event);
  emit(event);
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

t.test('other Events are about the Secret alone', async (t) => {
  const event: DomainEvent = { kind: 'break-glass', secret, writtenAt: new Date(0) };
  t.same(recorded(event, true), ['BreakGlass Secret/app'], 'once, however often it is reconciled');
});
