import t from 'tap';
import { anAttackedWebhook, callsInParallel } from '../../helpers/admission/attacked-webhook.ts';
import { aReview, bytesOf } from '../../helpers/admission/review.ts';
import { post } from '../../helpers/admission/serving.ts';

const { to, attack } = await anAttackedWebhook(t);

t.test('gives the memory of 60 bodies of 6.9 MB back within half a minute', async (t) => {
  const body = bytesOf(aReview({ padding: 'x'.repeat(6_900_000) }));
  await attack(
    t,
    async () => {
      await callsInParallel(60, 60, () => post(to, '/validate?timeout=10s', body));
      return [];
    },
    { mib: 40, withinMs: 30_000 },
  );
});
