import type { DomainEvent } from '../../../src/controllers/domain-event.ts';
import { refOf } from '../../../src/controllers/informer/version-index.ts';
import type { ObservedSecret } from '../../../src/controllers/ports.ts';
import type { WorkResult } from '../../../src/controllers/queue/work-queue.ts';
import { reconcileSecret } from '../../../src/controllers/secret/reconciler.ts';
import { type SecretEvent, secretEventOf } from '../../../src/controllers/secret/secret-event.ts';
import type { Policy } from '../../../src/engine/policy/policy.ts';
import type { Action, Finding } from '../../../src/engine/secret/finding/finding.ts';
import {
  type FieldOwner,
  ownedSince,
  withoutOwnFields,
} from '../../../src/engine/secret/kubernetes/field-owners.ts';
import { FIELD_MANAGER } from '../../../src/engine/secret/kubernetes/kubernetes-names.ts';
import type { SecretData, SecretRecord } from '../../../src/engine/secret/record/record.ts';
import type { RecordLookup } from '../../../src/engine/secret/record/record-lookup.ts';
import type { Secret } from '../../../src/engine/secret/secret.ts';
import type { SecretRef } from '../../../src/engine/secret/secret-ref.ts';
import { Sensitive } from '../../../src/engine/secret/sensitive.ts';
import { LockstepError } from '../../../src/errors/errors.ts';
import { builtins } from '../engine/engine.ts';
import { type DepsOverrides, reconcilerDeps, withDeps } from './reconciler-deps.ts';

/** The error that ends a process at some point. No code catches it. */
export class Crash extends Error {}

export type Interceptor = <Result>(act: () => Result) => Promise<Result>;

const ownerOf = (manager: string, time: Date): FieldOwner => ({
  manager,
  operation: 'Update',
  time: time.toISOString(),
  fieldsV1: { 'f:data': {} },
});

const PLACE = { namespace: 'recon', name: 'reconciliation-secrets' };

interface Place {
  held?: ObservedSecret | undefined;
  record?: { readonly record: SecretRecord; readonly resourceVersion: string } | undefined;
}

/**
 * One Secret, or some, and their records as an API server holds them: each write is conditional on the version that was
 * read. `meanwhile` is called before and after each call of the reconciler, so that other clients write and processes
 * end.
 */
export function aSecretWorld({
  policies = builtins,
  meanwhile = () => {},
  history = 5,
  maxAction = 'Enforce',
  logins = () => ({}),
}: {
  readonly policies?: readonly Policy[];
  readonly meanwhile?: () => void;
  readonly history?: number;
  readonly maxAction?: Action;
  /** The parts of a Secret that is a login. `during` makes one call of the given function. */
  readonly logins?: (during: Interceptor, now: () => Date) => DepsOverrides;
} = {}) {
  let version = 0;
  let time = Date.parse('2026-11-25T12:00:00Z');
  const main: Place = {};
  /** The other Secrets, by `namespace/name`. */
  const others = new Map<string, Place>();
  const due = new Set<string>();
  const patches: { readonly before: SecretData; readonly after: SecretData }[] = [];
  const events: DomainEvent[] = [];
  const kubernetesEvents: SecretEvent[] = [];
  const audits: { readonly decision: { readonly findings: readonly Finding[] } }[] = [];
  const rollouts: number[] = [];

  const next = (): string => String(++version);
  const conflict = (): LockstepError => new LockstepError('CLUSTER_CONFLICT', ['writing']);

  async function during<Result>(act: () => Result): Promise<Result> {
    meanwhile();
    await Promise.resolve();
    const result = act();
    meanwhile();
    return result;
  }

  function placeOf({ namespace, name }: SecretRef): Place {
    if (name === PLACE.name) return main;
    const key = `${namespace}/${name}`;
    const place = others.get(key) ?? {};
    others.set(key, place);
    return place;
  }

  function put(secret: Secret, by: string, place = placeOf(secret)): ObservedSecret {
    time += 1000;
    const uid = place.held?.uid ?? `uid-${next()}`;
    const owners = (place.held?.owners ?? []).filter(({ manager }) => manager !== by);
    return store(place, secret, uid, [...owners, ownerOf(by, new Date(time))]);
  }

  function store(place: Place, secret: Secret, uid: string, owners: readonly FieldOwner[]): ObservedSecret {
    const { manager = '', time = '' } = owners.at(-1) ?? {};
    const written = { by: manager, time: new Date(time) };
    const held = { secret, uid, resourceVersion: next(), written, owners };
    place.held = held;
    return held;
  }

  const now = (): Date => new Date(time);
  const world: DepsOverrides = {
    secrets: {
      read: (ref) => during(() => placeOf(ref).held),
      readOther: (ref) => deps.secrets.read(ref),
      patch: (was, { set, remove }) =>
        during(() => {
          const { held } = placeOf(was.secret);
          if (held === undefined || held.resourceVersion !== was.resourceVersion) throw conflict();
          const data = new Map([...held.secret.data, ...set]);
          for (const key of remove) data.delete(key);
          patches.push({ before: held.secret.data, after: data });
          return put({ ...held.secret, data }, FIELD_MANAGER);
        }),
      release: (was, before = was.owners ?? []) =>
        during(() => {
          const place = placeOf(was.secret);
          const { held } = place;
          if (held === undefined || held.resourceVersion !== was.resourceVersion) throw conflict();
          if (ownedSince(was.owners) !== undefined)
            store(place, held.secret, held.uid, withoutOwnFields(before));
        }),
    },
    records: {
      read: (ref) =>
        during((): RecordLookup => {
          const { record } = placeOf(ref);
          return record === undefined ? { kind: 'absent' } : { kind: 'read', ...record };
        }),
      write: (ref, written, was) =>
        during(() => {
          const place = placeOf(ref);
          if (place.record?.resourceVersion !== was) throw conflict();
          place.record = { record: written, resourceVersion: next() };
          return place.record.resourceVersion;
        }),
      delete: (ref, was) =>
        during(() => {
          const place = placeOf(ref);
          if (place.record?.resourceVersion !== was) throw conflict();
          place.record = undefined;
        }),
      namesIn: async function* (namespace) {
        for (const [key, { record }] of others)
          if (record !== undefined && key.startsWith(`${namespace}/`)) yield key.slice(namespace.length + 1);
      },
    },
    workloads: {
      advanceRollout: (_, rollout) =>
        during(() => {
          rollouts.push(rollout.changes.at(-1)?.number ?? 0);
          return { rollout: undefined, requeueAfter: undefined };
        }),
      highestVersion: () => during(() => 0),
      outdated: () => during(() => []),
    },
    clock: { now },
    policies: { current: () => policies },
    context: {
      cpu: () => 0,
      now,
      random: (size) => new Uint8Array(size).map((_, index) => (index * 89 + ++version * 57) % 251),
      ownNamespace: 'lockstep-system',
      excludedNamespaces: new Set(),
      warnOnlyUsers: new Set(),
      maxAction,
    },
    settings: { history },
    enqueue: ({ namespace, name }) => void due.add(`${namespace}/${name}`),
    emit: (event) => {
      events.push(event);
      const secretEvent = secretEventOf(event);
      if (secretEvent !== undefined) kubernetesEvents.push(secretEvent);
      if (event.kind === 'findings') audits.push({ decision: { findings: event.findings } });
    },
  };
  const deps = reconcilerDeps(world, logins(during, now));

  return {
    deps,
    /** From now on these parts are in place of its own. */
    override: (overrides: DepsOverrides): void => void Object.assign(deps, withDeps(deps, overrides)),
    patches,
    events,
    kubernetesEvents,
    audits,
    rollouts,
    held: (ref: SecretRef = PLACE) => placeOf(ref).held,
    record: (ref: SecretRef = PLACE) => placeOf(ref).record?.record,
    /** Another client writes the whole Secret, as `kubectl replace` does. */
    write: (secret: Secret, by = 'kubectl-replace') => put(secret, by),
    /** Another client changes one key. `undefined` removes it. */
    edit: (key: string, text: string | undefined, by = 'kubectl-edit', ref: SecretRef = PLACE) => {
      const { held } = placeOf(ref);
      if (held === undefined) return;
      const data = new Map(held.secret.data);
      if (text === undefined) data.delete(key);
      else data.set(key, Sensitive.fromText(text));
      put({ ...held.secret, data }, by);
    },
    remove: (ref: SecretRef = PLACE) => {
      placeOf(ref).held = undefined;
    },
    loseRecord: () => {
      main.record = undefined;
    },
    pass: (milliseconds: number) => {
      time += milliseconds;
    },
    /** Another client writes the record. */
    note: (change: (record: SecretRecord) => SecretRecord) => {
      if (main.record !== undefined)
        main.record = { record: change(main.record.record), resourceVersion: next() };
    },
    /** The Secrets other than the first one that a reconcile put into the queue since the last call. */
    takeDue: (): readonly SecretRef[] => {
      const keys = [...due];
      due.clear();
      return keys.map(refOf).filter(({ name }) => name !== PLACE.name);
    },
    step: () => reconcileSecret(PLACE, deps),
    /** Reconciles until nothing is due, and starts again after a crash. Resolves with the last result. */
    settle: async (most = 100, under = deps, ref: SecretRef = PLACE): Promise<WorkResult> => {
      for (let count = 0; count < most; count++) {
        try {
          const outcome = await reconcileSecret(ref, under);
          if (outcome.kind === 'done' || outcome.requeueAfter > 0) return outcome;
        } catch (error) {
          const isExpected =
            error instanceof Crash ||
            (error instanceof LockstepError && error.code === 'LOCKSTEP_CLUSTER_CONFLICT');
          if (!isExpected) throw error;
        }
      }
      throw new Error(`not settled after ${most} steps`);
    },
  };
}

export const textOf = (values: SecretData | undefined, key: string): string | undefined =>
  values?.get(key)?.withPlaintext(({ text }) => text);
