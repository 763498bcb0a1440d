import t from 'tap';
import { eventRecorder } from '../../../src/commands/pod/event-recorder.ts';
import { ApiStatusError } from '../../../src/kube/client/api-error.ts';

const HAPPENING = {
  regarding: { apiVersion: 'v1', kind: 'Secret', namespace: 'shop', name: 'app', uid: 'u' },
  reason: 'SecretViolation',
  note: 'data[JWT_SECRET]: is a placeholder',
  identity: 'x',
} as const;

t.test('logs a failed Event once, and again after a success', async (t) => {
  const world = { status: 201 };
  const warned: object[] = [];
  const cluster = {
    server: 'https://x',
    call: async () => {
      if (world.status >= 400) throw new ApiStatusError(world.status, '{"message":"events is forbidden"}');
      return { object: {}, date: undefined, warnings: [] };
    },
    open: async () => Promise.reject(new Error('nothing is opened')),
  };
  const quiet = (): void => {};
  const log = {
    info: quiet,
    error: quiet,
    warn: (message: string, fields?: object) => warned.push({ message, ...fields }),
  };
  const tell = eventRecorder(cluster, { component: 'lockstep-webhook', instance: 'pod' }, log);
  const tellWhere = async (status: number): Promise<number> => {
    world.status = status;
    await tell(HAPPENING);
    return warned.length;
  };
  t.equal(await tellWhere(201), 0);
  t.equal(await tellWhere(403), 1);
  t.equal(await tellWhere(403), 1);
  t.equal(await tellWhere(409), 1);
  t.equal(await tellWhere(403), 2);
  t.match(warned[0], {
    message: 'an Event can not be written',
    code: 'LOCKSTEP_CLUSTER_REFUSED',
    reason: /while recording an Event about Secret shop\/app: events is forbidden/,
  });
});
