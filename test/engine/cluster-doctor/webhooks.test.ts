import t from 'tap';
import {
  caBundleMissing,
  failsOpen,
  noLeader,
  placeholderAccepted,
  type WebhookFacts,
  webhookUnreached,
} from '../../../src/engine/cluster-doctor/webhooks.ts';

const aWebhook = (name: string, different: Partial<WebhookFacts> = {}): WebhookFacts => ({
  name: `${name}.lockstep.dev`,
  failurePolicy: 'Ignore',
  hasCaBundle: true,
  ...different,
});
const BOTH = [aWebhook('mutate'), aWebhook('validate')];

t.test('what the probe says is said; without a right to probe nothing is known', async (t) => {
  const said = (reached: boolean, reason: string) =>
    webhookUnreached({ reached, reason, sentence: 'so it is' });
  t.match(said(true, 'reached'), { outcome: 'ok', message: 'so it is' });
  t.match(said(false, 'no-endpoints'), { outcome: 'fault', message: 'so it is', fix: /troubleshooting/ });
  for (const reason of ['unasked', 'impersonation']) t.equal(said(false, reason).outcome, 'unknown', reason);
});

t.test('a placeholder that is taken is a warning: an overlay may want it so', async (t) => {
  t.equal(placeholderAccepted(true).outcome, 'ok');
  t.equal(placeholderAccepted(false).outcome, 'warning');
});

t.test('the validating webhook decides whether it fails open', async (t) => {
  t.match(failsOpen(BOTH), { outcome: 'warning', fix: /overlays\/fail-closed/ });
  t.equal(failsOpen([aWebhook('mutate'), aWebhook('validate', { failurePolicy: 'Fail' })]).outcome, 'ok');
  t.equal(failsOpen([aWebhook('mutate')]).outcome, 'fault');
});

t.test('a webhook without a caBundle, or none, is a fault', async (t) => {
  t.equal(caBundleMissing(BOTH).outcome, 'ok');
  t.match(caBundleMissing([...BOTH, aWebhook('policies', { hasCaBundle: false })]), {
    outcome: 'fault',
    names: ['policies.lockstep.dev'],
  });
  t.match(caBundleMissing([]), { outcome: 'fault', names: ['mutate.lockstep.dev', 'validate.lockstep.dev'] });
});

t.test('a controller leads, or none does, or it may not be known', async (t) => {
  t.equal(noLeader(true).outcome, 'ok');
  t.equal(noLeader(false).outcome, 'warning');
  t.equal(noLeader(undefined).outcome, 'unknown');
});
