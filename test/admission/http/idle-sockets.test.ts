import t from 'tap';
import { anAttackedWebhook, callsInParallel } from '../../helpers/admission/attacked-webhook.ts';

const { open, attack } = await anAttackedWebhook(t);

t.test('serves with 8,500 idle sockets within the memory of a pod', async (t) => {
  await attack(t, async () => {
    const sockets = await callsInParallel(8500, 100, () => open().catch(() => undefined));
    return sockets.filter((socket) => socket !== undefined);
  });
});
