import t from 'tap';
import { anAttackedWebhook, callsInParallel } from '../../helpers/admission/attacked-webhook.ts';

const { open, attack } = await anAttackedWebhook(t);

t.test('8,500 idle sockets take no more memory than a pod has, and keep nobody out', async (t) => {
  await attack(t, async () => {
    const sockets = await callsInParallel(8500, 100, () => open().catch(() => undefined));
    return sockets.filter((socket) => socket !== undefined);
  });
});
