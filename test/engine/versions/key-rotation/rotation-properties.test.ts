import t from 'tap';
import { recordRollout } from '../../../../src/engine/secret/record/advance-rotations.ts';
import { hasSameData, type SecretData } from '../../../../src/engine/secret/record/record.ts';
import { Sensitive } from '../../../../src/engine/secret/sensitive.ts';
import { GOOD } from '../../../helpers/engine/engine.ts';
import {
  at,
  aWorld,
  generatedKey,
  HOUR,
  MINUTE,
  moveAt,
  PROPAGATION,
  textsOf,
  type World,
  withData,
  withPending,
} from '../../../helpers/engine/rotation-world.ts';
import { fc } from '../../../helpers/property.ts';

/** The values that a pod has read, with which it signs and verifies. `revision` counts the writes of the Secret. */
interface Pod {
  /** A volume is updated within the time of the kubelet. An environment is updated at a restart. */
  readonly reads: 'volume' | 'environment';
  revision: number;
}

type Crash = 'after the record' | 'after the Secret' | 'never';

const KEEP_FOR = 2 * HOUR;
const SCHEDULE = { schedule: '0 */8 * * *', previousKey: 'OLD', gracePeriod: '2h' };
// The policy keeps the value: only a step of the rotation changes it.
const LET_BE = { keys: { KEY: generatedKey(SCHEDULE, { onChange: 'Keep' }), OTHER: {} } };
const RESTARTED = { ...LET_BE, restart: true };

/** A cluster with one Secret, its record and its consumers. Every possible event may happen at any time. */
class Cluster {
  world: World;
  seconds = 0;
  readonly pods: readonly Pod[];
  readonly revisions: { readonly texts: ReturnType<typeof textsOf>; readonly seconds: number }[];
  readonly tokens: { readonly key: string; readonly seconds: number }[] = [];
  readonly steps = new Set<string>();
  /** The time of the last write of the Secret. */
  written = 0;

  constructor(pods: readonly Pod['reads'][], policy: object) {
    this.world = aWorld(policy, { KEY: GOOD.key });
    this.pods = pods.map((reads) => ({ reads, revision: 0 }));
    this.revisions = [{ texts: textsOf(this.world), seconds: 0 }];
  }

  read({ revision }: Pod) {
    return this.revisions[revision]?.texts ?? {};
  }

  pass(seconds: number): void {
    this.seconds += seconds;
    const arrived = this.revisions.findLastIndex((one) => one.seconds <= this.seconds - PROPAGATION);
    for (const pod of this.pods) if (pod.reads === 'volume') pod.revision = Math.max(pod.revision, arrived);
  }

  /** A restart that lockstep did not cause: the pod or its node crashed, or the kubelet was fast. */
  refresh(index: number): void {
    const pod = this.pods[index % this.pods.length];
    if (pod !== undefined) pod.revision = this.revisions.length - 1;
  }

  sign(index: number): void {
    const pod = this.pods[index % this.pods.length];
    const key = pod && this.read(pod).KEY;
    if (key !== undefined) this.tokens.push({ key, seconds: this.seconds });
  }

  /** Writes the Secret as any client. */
  write(data: SecretData): void {
    if (hasSameData(this.world.secret.data, data)) return;
    this.world = { ...this.world, secret: { ...this.world.secret, data } };
    this.written = this.seconds;
    this.revisions.push({ texts: textsOf(this.world), seconds: this.seconds });
  }

  /** Records the present data of the Secret. */
  settle(): void {
    this.world = withData(this.world, this.world.secret.data, this.written);
  }

  /** Reconciles like the controller, up to a crash. */
  reconcile(crash: Crash): void {
    this.settle();
    if (this.world.record.pending === undefined) {
      const write = moveAt(this.world, this.seconds);
      if (write.kind === 'none') return;
      this.world = withPending(this.world, write, this.seconds);
      if (crash === 'after the record') return;
    }
    const { pending } = this.world.record;
    if (pending?.data === undefined) return;
    this.write(pending.data);
    if (pending.why.kind === 'rotated') this.steps.add(pending.why.step);
    if (crash !== 'after the Secret') this.settle();
  }

  /** Restarts one stale consumer. If none is stale, the rollout is over. */
  rollOut(index: number): void {
    this.settle();
    const { record } = this.world;
    if (record.rollout === undefined || record.pending !== undefined) return;
    const behind = this.pods.filter(
      ({ reads, revision }) => reads === 'environment' && revision < this.revisions.length - 1,
    );
    const pod = behind[index % Math.max(1, behind.length)];
    if (pod !== undefined) pod.revision = this.revisions.length - 1;
    else this.world = { ...this.world, record: recordRollout(record, undefined, at(this.seconds)) };
  }

  edit(key: string, text: string): void {
    this.write(new Map([...this.world.secret.data, [key, Sensitive.fromText(text)]]));
  }

  /** Tokens that some consumer can't verify, among those that are signed now and those that are still valid. */
  misunderstood(): readonly string[] {
    const signed = [
      ...this.pods.map((pod) => ({ key: this.read(pod).KEY, seconds: this.seconds })),
      ...this.tokens.filter(({ seconds }) => seconds > this.seconds - KEEP_FOR),
    ];
    return signed.flatMap(({ key, seconds }) =>
      this.pods
        .map((pod) => this.read(pod))
        .filter(({ KEY, OLD }) => key !== KEY && key !== OLD)
        .map(() => `${key} of ${seconds} at ${this.seconds}`),
    );
  }
}

type Event = (cluster: Cluster) => void;

const something = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .constantFrom(1, 59, MINUTE, PROPAGATION - 1, PROPAGATION, HOUR, 3 * HOUR)
      .map<Event>((seconds) => (cluster) => cluster.pass(seconds)),
  },
  {
    weight: 4,
    arbitrary: fc
      .constantFrom<Crash>('never', 'never', 'after the record', 'after the Secret')
      .map<Event>((crash) => (cluster) => cluster.reconcile(crash)),
  },
  { weight: 3, arbitrary: fc.nat(9).map<Event>((index) => (cluster) => cluster.rollOut(index)) },
  { weight: 2, arbitrary: fc.nat(9).map<Event>((index) => (cluster) => cluster.refresh(index)) },
  { weight: 2, arbitrary: fc.nat(9).map<Event>((index) => (cluster) => cluster.sign(index)) },
  { weight: 1, arbitrary: fc.nat(99).map<Event>((text) => (cluster) => cluster.edit('OTHER', `${text}`)) },
);

const pods = (...reads: readonly Pod['reads'][]) =>
  fc.array(fc.constantFrom(...reads), { minLength: 2, maxLength: 4 });
const history = fc.array(something, { minLength: 40, maxLength: 160 });

function live(cluster: Cluster, events: readonly Event[]): void {
  for (const event of events) {
    event(cluster);
    const misunderstood = cluster.misunderstood();
    if (misunderstood.length > 0) throw new Error(misunderstood.join('\n'));
  }
}

const STEPS = ['introduced', 'retired', 'switched'];
const MAX_ROUNDS = 20;

for (const [who, reads, policy] of [
  ['values come by volumes', pods('volume'), LET_BE],
  ['values come by restarts', pods('environment'), RESTARTED],
  ['values come by restarts and volumes', pods('environment', 'volume'), RESTARTED],
] as const) {
  t.test(`each pod verifies the signatures of all others, for any delay and crash: ${who}`, async (t) => {
    const taken = new Set<string>();
    const keepsPodsInStep = fc.property(reads, history, (kinds, events) => {
      const cluster = new Cluster(kinds, policy);
      live(cluster, events);
      for (const step of cluster.steps) taken.add(step);
    });
    // Few histories are long enough for the last step.
    for (let round = 0; round < 1 || (round < MAX_ROUNDS && taken.size < STEPS.length); round += 1)
      fc.assert(keepsPodsInStep, { numRuns: 300 });
    t.same([...taken].sort(), STEPS, 'all steps were taken');
  });
}

t.test('keeps a value that a person sets during a rotation until the next time', async (t) => {
  let ended = 0;
  fc.assert(
    fc.property(history, history, fc.constantFrom('KEY', 'OLD'), (before, after, key) => {
      const cluster = new Cluster(['volume', 'volume'], LET_BE);
      for (const event of before) event(cluster);
      cluster.reconcile('never');
      if (cluster.world.record.rotations.size === 0) return;
      ended += 1;
      cluster.edit(key, GOOD.other);
      const until = 8 * HOUR - ((cluster.seconds + 12 * HOUR) % (8 * HOUR)) + cluster.seconds;
      for (const event of after) {
        event(cluster);
        if (cluster.seconds >= until) break;
        if (textsOf(cluster.world)[key] !== GOOD.other) throw new Error(`${key} was written over`);
      }
    }),
    { numRuns: 500 },
  );
  t.ok(ended > 50, `${ended} of them in the middle`);
});
