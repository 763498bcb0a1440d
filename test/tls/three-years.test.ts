import { X509Certificate } from 'node:crypto';
import t from 'tap';
import { validCasIn } from '../../src/tls/bundle.ts';
import type { CertificateRotator } from '../../src/tls/rotator.ts';
import { seededRandom } from '../helpers/engine/seeded-random.ts';
import {
  aFakeCaCluster,
  aReplica,
  type FakeCaCluster,
  isTrusted,
  KINDS,
  leafExpiry,
  signerOf,
} from '../helpers/tls/fake-ca-cluster.ts';

/**
 * Three years of three replicas, with real certificates and without waiting. During a change they look every few
 * seconds, as in production. The quiet weeks between pass in steps of hours. A process may pause at any call, in the
 * middle of a look, for hours or weeks.
 */
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const START = new Date('2027-01-01T00:00:00Z');
const YEARS = 3;
/**
 * The longest time by which the API server's view of the configurations may be outdated, if there are several API
 * servers.
 */
const LAG = MINUTE;

/** Foreign changes of the cluster, each made several times. */
const TAMPERING = [
  'secret lost',
  'caBundle emptied',
  'garbage in the Secret',
  'garbage in a caBundle',
] as const;

for (const seed of seeds()) {
  t.test(
    `three years: no replica ever serves what an API server does not trust (seed ${seed})`,
    async (t) => {
      const outcome = await live(seed);
      t.same(outcome.breaches, []);
      t.ok(outcome.signers.size - 1 >= 4, `the CA was replaced ${outcome.signers.size - 1} times`);
      t.ok(outcome.pauses > 20, `${outcome.pauses} pauses, ${outcome.insideALook} in the middle of a look`);
      t.equal(outcome.tampered, 0, 'everything that somebody broke was broken');
      t.ok(outcome.world.writes < 200, `${outcome.world.writes} writes in three years`);
      t.ok(outcome.mostTrusted < 10, `at most ${outcome.mostTrusted} CAs in a caBundle`);
      for (const bundle of outcome.world.bundles()) {
        t.equal(validCasIn(bundle, new Date(outcome.world.now)).length, 1, 'the old CAs have left');
      }
      t.comment(`${outcome.looks} looks, ${outcome.leaves} leaves, ${outcome.world.conflicts} conflicts`);
    },
  );
}

function seeds(): number[] {
  const asked = process.env.LOCKSTEP_SEEDS?.split('-').map(Number) ?? [];
  const [from = 20, to = from] = asked;
  return Array.from({ length: to - from + 1 }, (_, at) => from + at);
}

interface Process {
  readonly name: string;
  readonly askew: number;
  keeper: CertificateRotator;
  /** The time at which the process looks next, or continues. */
  at: number;
  paused: boolean;
  /**
   * True after one complete look since its start or pause. Before it, the process can have no leaf, and can't know that
   * it has expired.
   */
  hasLooked: boolean;
  /** Continues a paused look. */
  resume: (() => void) | undefined;
  looking: Promise<void> | undefined;
  /** The leaf replaced a valid one, so it must also suit an API server that is behind. */
  switched: boolean;
}

async function live(seed: number) {
  const { between, pick } = seededRandom(seed);
  const world = aFakeCaCluster(START);
  const end = START.getTime() + YEARS * 365 * DAY;
  const breaches: string[] = [];
  const signers = new Set<string>();
  const versions: { readonly bundle: string; until: number }[] = [];
  let counts = { pauses: 0, insideALook: 0, looks: 0, leaves: 0, mostTrusted: 0 };
  let busyUntil = 0;
  let healing = false;
  let secretBackAt: number | undefined;
  let tampering = Array.from({ length: 16 }, (_, at) => ({
    at: START.getTime() + DAY + between(0, (YEARS * 365 - 60) * 24) * HOUR,
    kind: TAMPERING[at % TAMPERING.length]!,
  })).sort((a, b) => a.at - b.at);

  const processes = [-HOUR, HOUR, 365 * DAY].map((askew, at): Process => {
    const each: Process = {
      name: `replica ${at}`,
      askew,
      keeper: undefined as never,
      at: world.now,
      paused: false,
      hasLooked: false,
      resume: undefined,
      looking: undefined,
      switched: false,
    };
    each.keeper = start(each);
    return each;
  });

  function start(each: Process): CertificateRotator {
    return aReplica(world, {
      clockOffsetMs: each.askew,
      between: async () => {
        if (world.now > end || between(1, world.now < busyUntil ? 150 : 1500) > 1) return;
        counts = { ...counts, insideALook: counts.insideALook + 1 };
        pause(each);
        await new Promise<void>((resolve) => {
          each.resume = resolve;
          parked.get(each)?.();
        });
      },
    });
  }

  /** The functions that report a paused look. */
  const parked = new Map<Process, () => void>();

  function pause(each: Process): void {
    counts = { ...counts, pauses: counts.pauses + 1 };
    each.paused = true;
    each.hasLooked = false;
    // Hours to weeks, with as many short times as long ones.
    each.at = world.now + Math.round(HOUR * 2 ** (between(0, 90) / 10));
  }

  async function run(each: Process): Promise<void> {
    const before = { writes: world.writes, files: each.keeper.files(), bundles: world.bundles() };
    const hadGood = world.bundles().every((bundle) => isTrusted(each.keeper, bundle, new Date(world.now)));
    each.paused = false;
    counts = { ...counts, looks: counts.looks + 1 };
    const isFresh = each.resume === undefined;
    const stopped = new Promise<void>((resolve) => parked.set(each, resolve));
    if (each.resume === undefined) {
      each.looking = each.keeper.reconcile().catch((error: Error) => {
        if (!error.message.includes(' is gone')) breaches.push(`${time()}: ${each.name}: ${error.stack}`);
      });
    } else {
      const { resume } = each;
      each.resume = undefined;
      resume();
    }
    await Promise.race([each.looking, stopped]);
    if (each.keeper.files() !== before.files) {
      counts = { ...counts, leaves: counts.leaves + 1 };
      each.switched = hadGood;
    }
    if (!healing) remember(before.bundles);
    const isDone = each.resume === undefined;
    if (isDone && isFresh) {
      healing = false;
      each.hasLooked = true;
    }
    if (world.writes > before.writes || each.keeper.files()?.ca !== before.files?.ca) stir();
    const signer = signerOf(world);
    if (signer !== undefined) signers.add(signer);
    if (isDone) schedule(each);
  }

  /** After an event, each process that is not paused looks again within seconds. */
  function stir(): void {
    busyUntil = world.now + 4 * MINUTE;
    for (const each of processes) {
      if (!each.paused) each.at = Math.min(each.at, world.now + between(1, 20) * SECOND);
    }
  }

  function schedule(each: Process): void {
    if (world.now < busyUntil || isChangingCa(each)) each.at = world.now + between(8, 25) * SECOND;
    else if (world.now > end || between(1, 60) > 1)
      each.at = world.now + between(2, world.ca === undefined ? 20 : 40) * HOUR;
    else if (between(1, 3) > 1) pause(each);
    else {
      each.keeper = start(each);
      each.hasLooked = false;
      each.switched = false;
      each.at = world.now + SECOND;
    }
  }

  /** The replica waits for the two minutes of propagation. */
  function isChangingCa({ keeper }: Process): boolean {
    const files = keeper.files();
    const signer = signerOf(world);
    return files !== undefined && signer !== undefined && fingerprintOf(files.ca) !== signer;
  }

  function remember(before: readonly string[]): void {
    const after = new Set(world.bundles());
    for (const bundle of new Set(before)) {
      if (!after.has(bundle)) versions.push({ bundle, until: world.now + LAG });
    }
    for (const bundle of after) {
      const { length } = validCasIn(bundle, new Date(world.now));
      counts = { ...counts, mostTrusted: Math.max(counts.mostTrusted, length) };
    }
  }

  function tamper(kind: (typeof TAMPERING)[number]): void {
    if (kind === 'secret lost') {
      world.ca = undefined;
      secretBackAt = world.now + between(1, 20 * 24) * HOUR;
    } else if (kind === 'caBundle emptied') world.setBundles(pick(KINDS), '');
    else if (kind === 'garbage in a caBundle') {
      const [bundle = ''] = world.bundles();
      world.setBundles(pick(KINDS), pick(['no PEM', bundle.slice(0, 300), `# by hand\n${bundle}`]));
    } else {
      const texts = dataOf(world);
      const broken = pick(['ca.crt', 'ca.key', 'next.crt', 'previous.crt', 'promoted-at']);
      world.setData({ ...texts, [broken]: pick(['', 'garbage', '9999-01-01T00:00:00Z']) });
    }
    healing = true;
    versions.length = 0;
    stir();
  }

  function check(): void {
    if (healing) return;
    const now = new Date(world.now);
    const late = versions.filter(({ until }) => until > world.now).map(({ bundle }) => bundle);
    for (const each of processes) {
      const ends = leafExpiry(each.keeper);
      // The replica is not ready, so it gets no calls.
      if ((ends === undefined || ends <= now) && !each.hasLooked) continue;
      if (ends === undefined && world.ca === undefined) continue;
      const inForce = each.switched ? [...world.bundles(), ...late] : world.bundles();
      if (inForce.some((bundle) => !isTrusted(each.keeper, bundle, now))) {
        breaches.push(`${time()}: ${each.name} serves what is not trusted${each.paused ? ', paused' : ''}`);
      }
    }
  }

  const isChanging = (): boolean =>
    world.bundles().some((bundle) => validCasIn(bundle, new Date(world.now)).length > 1);

  const time = (): string => new Date(world.now).toISOString();

  // One after the other, so that a seed determines the whole run. rotator.test.ts starts them at once.
  for (const each of processes) await run(each);
  // More time at the end, for changes in progress and for expiry.
  while (world.now < end + 40 * DAY || (isChanging() && world.now < end + 60 * DAY)) {
    const each = processes.reduce((first, other) => (other.at < first.at ? other : first));
    const [next] = tampering;
    const other = secretBackAt ?? next?.at ?? Infinity;
    if (other < each.at) {
      world.now = other;
      if (secretBackAt !== undefined) {
        secretBackAt = undefined;
        world.setData({});
        for (const each of processes) each.hasLooked &&= each.keeper.files() !== undefined;
        healing = true;
        stir();
      } else if (next !== undefined) {
        tampering = tampering.slice(1);
        tamper(next.kind);
      }
    } else {
      world.now = each.at;
      await run(each);
    }
    check();
    if (breaches.length > 3) break;
  }
  return { world, breaches, signers, tampered: tampering.length, ...counts };
}

const fingerprintOf = (pem: string): string => new X509Certificate(pem).fingerprint256;

function dataOf(world: FakeCaCluster): Record<string, string> {
  const entries = Object.entries(world.ca?.data ?? {});
  return Object.fromEntries(
    entries.map(([key, value]) => [key, value.withPlaintext(({ text }) => text ?? '')]),
  );
}
