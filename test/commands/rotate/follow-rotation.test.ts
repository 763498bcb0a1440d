import t from 'tap';
import { followRotation } from '../../../src/commands/rotate/follow-rotation.ts';
import { recordRollout } from '../../../src/engine/secret/record/advance-rotations.ts';
import type { SecretRecord } from '../../../src/engine/secret/record/record.ts';
import { withRequestedKeys } from '../../../src/engine/versions/reconcile/requested-rotation.ts';
import {
  afterEdit,
  afterStep,
  at,
  aWorld,
  generatedKey,
  HOUR,
  type World,
} from '../../helpers/engine/rotation-world.ts';

const SPEC = { keys: { JWT_SECRET: generatedKey({ schedule: '0 4 1 * *', previousKey: 'OLD' }) } };
const PLACE = { namespace: 'shop', name: 'app' };

const asked = (spec: object = SPEC): World => {
  const world = aWorld(spec);
  return { ...world, record: withRequestedKeys(world.record, ['JWT_SECRET']) };
};

/** Each read returns the next of these records. The last one is repeated. */
async function followed([from, ...later]: readonly [World, ...(World | undefined)[]]) {
  const said: string[] = [];
  let looks = 0;
  let clock = 0;
  const records = [from, ...later];
  const end = await followRotation(PLACE, ['JWT_SECRET'], from.record, {
    readRecord: async () => {
      const record = records[Math.min(looks, records.length - 1)]?.record;
      looks += 1;
      return record === undefined
        ? { kind: 'absent' }
        : { kind: 'read', record, resourceVersion: `${looks}` };
    },
    isLed: async () => true,
    print: (line) => said.push(line),
    pause: async (milliseconds) => {
      clock += milliseconds;
    },
    clock: () => clock,
    timeout: 60_000,
  });
  return { end, said };
}

t.test('prints each step, and the end with the previous keys', async (t) => {
  const world = asked();
  const introduced = afterStep(world, 1);
  const switched = afterStep(introduced, HOUR);
  const { end, said } = await followed([world, world, introduced, introduced, switched]);
  t.same(end, { kind: 'rotated', kept: new Map([['JWT_SECRET', 'OLD']]) });
  t.same(said, [
    'version 2, by lockstep-controller: rotated: introduced (OLD)',
    'version 3, by lockstep-controller: rotated: switched (JWT_SECRET, OLD)',
  ]);
});

t.test('waits for consumers, and ends with one that does not become healthy', async (t) => {
  const world = asked({ ...SPEC, restart: true });
  const introduced = afterStep(world, 1);
  const through = { ...introduced, record: recordRollout(introduced.record, undefined, at(60)) };
  const switched = afterStep(through, HOUR);
  const stopped = (record: SecretRecord) => ({
    ...record,
    rollout: record.rollout && {
      ...record.rollout,
      stopped: { workload: 'Deployment/api', reason: 'did not become healthy' },
    },
  });
  const { end } = await followed([
    world,
    introduced,
    through,
    switched,
    { ...switched, record: stopped(switched.record) },
  ]);
  t.same(end, { kind: 'stopped', sentence: 'Deployment/api did not become healthy' });
});

t.test('ends with a sentence after a change by another client', async (t) => {
  const world = asked();
  const by = afterEdit(afterStep(world, 1), { JWT_SECRET: 'mine' }, 2);
  t.match((await followed([world, by])).end, {
    kind: 'stopped',
    sentence: /its values of JWT_SECRET stay/,
  });
  t.match((await followed([world, undefined])).end, { kind: 'stopped', sentence: /its record is gone/ });
});

t.test('does not wait forever for a leading controller that does nothing', async (t) => {
  t.match((await followed([asked()])).end, {
    kind: 'stopped',
    sentence: /there was no progress for a long time/,
  });
});
