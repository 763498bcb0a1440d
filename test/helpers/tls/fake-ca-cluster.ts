import { X509Certificate } from 'node:crypto';
import { Sensitive } from '../../../src/engine/secret/sensitive.ts';
import { LockstepError } from '../../../src/errors/errors.ts';
import { serverClock } from '../../../src/server-clock.ts';
import { isWithinValidity, parseBundle } from '../../../src/tls/bundle.ts';
import type { CaData, CaUpdate } from '../../../src/tls/ca-state.ts';
import type { CertificateStep } from '../../../src/tls/rotation-plan.ts';
import {
  type CertificateRotator,
  certificateRotator,
  type RotatorOptions,
} from '../../../src/tls/rotator.ts';

export const HOST = 'lockstep-webhook.lockstep-system.svc';

interface StoredCa {
  readonly version: number;
  readonly data: CaData;
}

export interface TestConfiguration {
  readonly kind: string;
  readonly version: number;
  readonly bundles: readonly { readonly pem: string }[];
}

/** As much of a cluster as the certificates live in: one Secret, two configurations with four webhooks, and a clock. */
export interface FakeCaCluster {
  /** Milliseconds since 1970, by the API server. */
  now: number;
  ca: StoredCa | undefined;
  configurations: TestConfiguration[];
  /** Writes of the replicas, and the number of conflicts. */
  writes: number;
  conflicts: number;
  /** Changed by somebody else. */
  setData(data: Readonly<Record<string, string>>): void;
  setBundles(kind: string, pem: string): void;
  bundles(): string[];
}

export const KINDS = ['Mutating', 'Validating'] as const;

export function aFakeCaCluster(now: Date): FakeCaCluster {
  let version = 1;
  const world: FakeCaCluster = {
    now: now.getTime(),
    ca: { version, data: {} },
    configurations: KINDS.map((kind, more) => ({
      kind,
      version,
      bundles: Array.from({ length: 1 + 2 * more }, () => ({ pem: '' })),
    })),
    writes: 0,
    conflicts: 0,
    setData: (data) => {
      version += 1;
      const values = Object.entries(data).map(([key, value]) => [key, Sensitive.fromText(value)]);
      world.ca = { version, data: Object.fromEntries(values) };
    },
    setBundles: (kind, pem) => {
      version += 1;
      world.configurations = world.configurations.map((each) =>
        each.kind === kind ? { ...each, version, bundles: each.bundles.map(() => ({ pem })) } : each,
      );
    },
    bundles: () => world.configurations.flatMap(({ bundles }) => bundles.map(({ pem }) => pem)),
  };
  return world;
}

interface ReplicaOptions {
  /** How far its own clock is off; asked each time. Milliseconds. */
  readonly clockOffsetMs?: number;
  /** Called before and after each call to the API server: where a process may be paused. */
  readonly between?: () => Promise<void>;
  readonly did?: (step: CertificateStep) => void;
}

/** The work of a pod, in that world. */
export function aReplica(world: FakeCaCluster, options: ReplicaOptions = {}): CertificateRotator {
  const { between = async () => {} } = options;
  const call = async <Answer>(act: () => Answer): Promise<Answer> => {
    await between();
    const answer = act();
    await between();
    return answer;
  };
  // The header has whole seconds.
  const date = () => new Date(Math.floor(world.now / 1000) * 1000);
  const write = (isCurrent: boolean, put: () => void): void => {
    if (!isCurrent) {
      world.conflicts += 1;
      throw new LockstepError('CLUSTER_CONFLICT', ['writing']);
    }
    world.writes += 1;
    put();
  };
  const needs: RotatorOptions<StoredCa, TestConfiguration> = {
    clock: serverClock(() => new Date(world.now + (options.clockOffsetMs ?? 0))),
    names: [HOST],
    caSecretName: 'lockstep-system/lockstep-webhook-ca',
    readCa: () => call(() => ({ secret: world.ca, date: world.ca === undefined ? undefined : date() })),
    writeCa: (read, change) =>
      call(() =>
        write(world.ca?.version === read.version, () => {
          world.setData(textsOf({ ...read.data, ...change }));
        }),
      ),
    readConfigurations: () => call(() => ({ configurations: world.configurations, date: date() })),
    writeCaBundle: (read, pem) =>
      call(() => {
        const current = world.configurations.find(({ kind }) => kind === read.kind);
        write(current?.version === read.version, () => world.setBundles(read.kind, pem));
      }),
    onStep: options.did ?? (() => {}),
  };
  return certificateRotator(needs);
}

function textsOf(data: CaUpdate): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [key, value] of Object.entries(data)) {
    if (value !== undefined) texts[key] = value.withPlaintext(({ text }) => text ?? '');
  }
  return texts;
}

/** Whether an API server with this caBundle, at this time, takes what the replica serves with. */
export function isTrusted(replica: CertificateRotator, bundle: string, now: Date): boolean {
  const files = replica.files();
  if (files === undefined) return false;
  const leaf = leafIn(files.cert);
  if (!isWithinValidity(leaf, now) || !isForHost(files.cert)) return false;
  return certificatesIn(bundle).some(
    (each) => each.ca && isWithinValidity(each, now) && signed(each.toString() + files.cert),
  );
}

/** Three years ask the same questions a hundred thousand times; none of these answers changes with the time. */
const leafIn = memoized((pem) => parseBundle(pem)[0]!);
const isForHost = memoized((pem) => leafIn(pem).checkHost(HOST, { subject: 'never' }) !== undefined);
const certificatesIn = memoized((pem) => {
  try {
    return parseBundle(pem);
  } catch {
    return [];
  }
});
/** Whether the first certificate signed the second. */
const signed = memoized((pair) => {
  const [authority, leaf] = parseBundle(pair);
  return leaf!.checkIssued(authority!) && leaf!.verify(authority!.publicKey);
});

function memoized<Answer>(answer: (text: string) => Answer): (text: string) => Answer {
  const known = new Map<string, Answer>();
  return (text) => {
    if (!known.has(text)) known.set(text, answer(text));
    return known.get(text) as Answer;
  };
}

export function leafExpiry(replica: CertificateRotator): Date | undefined {
  const files = replica.files();
  return files && leafIn(files.cert).validToDate;
}

/** Fingerprint of the CA that signs. */
export function signerOf(world: FakeCaCluster): string | undefined {
  const pem = world.ca?.data['ca.crt']?.withPlaintext(({ text }) => text ?? '');
  try {
    return new X509Certificate(pem ?? '').fingerprint256;
  } catch {
    return undefined;
  }
}
