import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import {
  newRecord,
  type RetentionOptions,
  type SecretRecord,
} from '../../../src/engine/secret/record/record.ts';
import { recordObservation } from '../../../src/engine/secret/record/record-observation.ts';
import { isConflict } from '../../../src/errors/errors.ts';
import { connect } from '../../../src/kube/client/connect.ts';
import { readRecord, writeRecord } from '../../../src/kube/record/records.ts';
import { readSecret } from '../../../src/kube/secrets/stored-secrets.ts';
import type { Cluster } from '../../testbed/cluster/cluster.ts';
import { entryPoint } from '../../testbed/lockstep/release.ts';
import { until } from '../../testbed/process/until.ts';
import { aCanary } from '../canary/canary.ts';
import { aSecretPolicy } from '../policy/secret-policy.ts';
import { ROOT, start } from './lockstep.ts';

type Bytes = Readonly<Record<string, Uint8Array>>;

/** A Secret `app` in a namespace of its own, whose versions are taken down as the controller does. */
export interface VersionedSecret {
  readonly place: { readonly namespace: string; readonly name: string };
  /** Replaces all of its values, by real kubectl, and takes the version down. */
  readonly hold: (values: Bytes) => Promise<void>;
  /** Takes down what the Secret holds. */
  readonly recordVersion: (keeping?: Partial<RetentionOptions>) => Promise<SecretRecord>;
  readonly record: () => Promise<SecretRecord>;
  readonly stored: () => Promise<Bytes>;
  readonly kubectl: (args: readonly string[], input?: object | string) => Promise<string>;
}

export async function aVersionedSecret(cluster: Cluster, namespace: string): Promise<VersionedSecret> {
  const api = connect({ kubeconfig: cluster.kubeconfig });
  const place = { namespace, name: 'app' };
  const kubectl = async (args: readonly string[], input?: object | string) =>
    (await cluster.mustRun([...args, '-n', namespace], { input })).stdout;

  /** A controller that leads may write the record in the same moment. */
  async function note(keeping: Partial<RetentionOptions> = {}): Promise<SecretRecord> {
    return await noteOnce(keeping).catch((error) => {
      if (isConflict(error)) return note(keeping);
      throw error;
    });
  }

  async function noteOnce(keeping: Partial<RetentionOptions>): Promise<SecretRecord> {
    const held = await readSecret(api, place);
    const found = await readRecord(api, place);
    if (held === undefined || found.kind === 'unreadable') throw new Error('there is nothing to note');
    const { secret, uid, written } = held;
    const record =
      found.kind === 'absent'
        ? newRecord(uid, secret.data, { ...written, why: { kind: 'seen' } })
        : recordObservation(
            found.record,
            secret.data,
            { ...written, why: { kind: 'changed' }, resourceVersion: held.resourceVersion },
            { history: 5, restarts: false, ...keeping },
          );
    const version = found.kind === 'read' ? found.resourceVersion : undefined;
    await writeRecord(api, place, record, version);
    return record;
  }

  await cluster.mustRun(['create', 'namespace', namespace]);
  return {
    place,
    kubectl,
    recordVersion: note,
    hold: async (values) => {
      const data = Object.fromEntries(
        Object.entries(values).map(([key, bytes]) => [key, Buffer.from(bytes).toString('base64')]),
      );
      const object = { apiVersion: 'v1', kind: 'Secret', metadata: { name: place.name }, data };
      const before = await readSecret(api, place);
      const isThere = before !== undefined;
      // Times are whole seconds: a second write by the same client in one second can be read as of an unknown writer.
      const writtenAt = before?.written.time.getTime() ?? 0;
      await until('the next second', [], async () => Date.now() >= writtenAt + 1000);
      await kubectl([isThere ? 'replace' : 'create', '-f', '-'], object);
      await note();
    },
    record: async () => {
      const found = await readRecord(api, place);
      if (found.kind !== 'read') throw new Error(`the record is ${found.kind}`);
      return found.record;
    },
    stored: async () => {
      const { data = {} } = JSON.parse(await kubectl(['get', 'secret', place.name, '-o', 'json']));
      return Object.fromEntries(
        Object.entries<string>(data).map(([key, base64]) => [key, Buffer.from(base64, 'base64')]),
      );
    },
  };
}

/** The CRD of policies, and the policies. */
export async function installPolicies(
  cluster: Cluster,
  policies: Readonly<Record<string, object>>,
): Promise<void> {
  const crd = readFileSync(join(ROOT, 'manifests', 'crds', 'secretpolicies.yaml'), 'utf8');
  await cluster.apply(crd, '--server-side');
  const wait = ['wait', '--for=condition=Established', 'crd/secretpolicies.lockstep.dev'];
  // kubectl fails as long as the status of a new CRD has no conditions.
  await until('the CRD', [], async () => (await cluster.kubectl(wait)).exitCode === 0);
  const items = Object.entries(policies).map(([name, spec]) => aSecretPolicy(name, spec));
  await cluster.apply(items);
}

/** Values that nobody may ever print a piece of; what was printed, to be searched for them. */
export function canaries() {
  const values: string[] = [];
  const printed: string[] = [];
  const text = (): Buffer => {
    const value = aCanary();
    values.push(value);
    return Buffer.from(value);
  };
  return {
    values,
    printed,
    text,
    /** Bytes that are no text; and a canary, by which a piece of them is found. */
    binary: (): Buffer => Buffer.concat([Buffer.from([0, 0xff, 0xfe]), text(), randomBytes(100)]),
  };
}

export interface LockstepResult {
  readonly exitCode: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

/** `lockstep ARGS` with that kubeconfig. Its output also goes to `printed`. */
export function lockstepOn(t: Test, kubeconfig: string, printed: string[]) {
  return async (...args: readonly string[]): Promise<LockstepResult> => {
    const all = [entryPoint(), ...args, '--kubeconfig', kubeconfig];
    const { exited, stdout, stderr } = start(t, { file: process.execPath, args: all });
    const exitCode = await exited;
    printed.push(stdout(), stderr());
    return { exitCode, stdout: stdout(), stderr: stderr() };
  };
}
