import t from 'tap';
import {
  caBundleMissing,
  failsOpen,
  noLeader,
  placeholderAccepted,
  type WebhookFacts,
  webhookUnreached,
} from '../../../../src/engine/diagnosis/cluster-checks/webhooks.ts';

const aWebhook = (name: string, different: Partial<WebhookFacts> = {}): WebhookFacts => ({
  name: `${name}.lockstep.dev`,
  failurePolicy: 'Ignore',
  hasCaBundle: true,
  ...different,
});
const BOTH = [aWebhook('mutate'), aWebhook('validate')];

t.test('reports the result of the probe, or unknown without the right to probe', async (t) => {
  const said = (reached: boolean, reason: string) =>
    webhookUnreached({ reached, reason, sentence: 'so it is' });
  t.match(said(true, 'reached'), { outcome: 'ok', message: 'so it is' });
  t.match(said(false, 'no-endpoints'), {
    outcome: 'fault',
    message: 'so it is',
    fix: /the-api-server-does-not-reach-lockstep/,
  });
  for (const reason of ['unasked', 'impersonation']) t.equal(said(false, reason).outcome, 'unknown', reason);
});

t.test('an accepted placeholder is a warning, because an overlay may permit it', async (t) => {
  t.equal(placeholderAccepted(true).outcome, 'ok');
  t.equal(placeholderAccepted(false).outcome, 'warning');
});

t.test('the validating webhook decides whether it fails open', async (t) => {
  t.match(failsOpen(BOTH), { outcome: 'warning', fix: /overlays\/fail-closed/ });
  t.equal(failsOpen([aWebhook('mutate'), aWebhook('validate', { failurePolicy: 'Fail' })]).outcome, 'ok');
  t.equal(failsOpen([aWebhook('mutate')]).outcome, 'fault');
});

t.test('a webhook without a caBundle, or no webhook, is a fault', async (t) => {
  t.equal(caBundleMissing(BOTH).outcome, 'ok');
  t.match(caBundleMissing([...BOTH, aWebhook('policies', { hasCaBundle: false })]), {
    outcome: 'fault',
    names: ['policies.lockstep.dev'],
  });
  t.match(caBundleMissing([]), { outcome: 'fault', names: ['mutate.lockstep.dev', 'validate.lockstep.dev'] });
});

t.test('reports a leader, no leader, or unknown', async (t) => {
  t.equal(noLeader(true).outcome, 'ok');
  t.equal(noLeader(false).outcome, 'warning');
  t.equal(noLeader(undefined).outcome, 'unknown');
});
