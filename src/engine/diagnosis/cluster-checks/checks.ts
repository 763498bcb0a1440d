import { type CheckResult, checkObservation, type Observation } from '../check-result.ts';
import { ownAccountsTooWide, secretsOpenToAll, secretsReadByMany, webhooksWrittenByMany } from './access.ts';
import { authorityEnds, type CertificateFacts, certificatesEnd } from './certificates.ts';
import { type StorageFacts, secretsInPlainText } from './encryption.ts';
import { type FloorFacts, floorBehind } from './floor.ts';
import type { Grant } from './grants.ts';
import {
  caBundleMissing,
  failsOpen,
  noLeader,
  type ProbeResult,
  placeholderAccepted,
  type WebhookFacts,
  webhookUnreached,
} from './webhooks.ts';

/** The facts about a cluster, from one observation. */
export interface ClusterFacts {
  /** The namespace of lockstep. */
  readonly namespace: string;
  /** By the server clock. */
  readonly now: Date;
  readonly storage: Observation<StorageFacts>;
  readonly probe: Observation<ProbeResult>;
  readonly refuses: Observation<boolean>;
  readonly webhooks: Observation<readonly WebhookFacts[]>;
  readonly floor: Observation<FloorFacts>;
  readonly leads: Observation<boolean | undefined>;
  readonly caBundles: Observation<readonly CertificateFacts[]>;
  readonly authority: Observation<readonly CertificateFacts[]>;
  readonly grants: Observation<readonly Grant[]>;
  readonly beyond: Observation<readonly string[]>;
}

type ClusterCheck = (facts: ClusterFacts) => CheckResult;

/** In the order of the report. The names are part of the contract: docs/reference/doctor.md. */
const CHECKS: Readonly<Record<string, ClusterCheck>> = {
  // Secrets are encrypted on the disk of etcd.
  'encrypted-at-rest': ({ storage }) => checkObservation(storage, secretsInPlainText),
  // The API server gets an answer from lockstep, through the Service and the caBundle.
  'webhook-reached': ({ probe }) => checkObservation(probe, webhookUnreached),
  // The webhook refuses a Secret with a placeholder.
  'placeholder-refused': ({ refuses }) => checkObservation(refuses, placeholderAccepted),
  // The API server refuses each write while no webhook pod answers.
  'fails-closed': ({ webhooks }) => checkObservation(webhooks, failsOpen),
  // The API server itself refuses the worst while no webhook pod answers, by the present policies.
  floor: ({ floor, webhooks }) => checkObservation(floor, (facts) => floorBehind(facts, webhooks)),
  // The API server has a CA bundle that lets it trust the pods.
  'ca-bundle': ({ webhooks }) => checkObservation(webhooks, caBundleMissing),
  // The CA bundle stays valid long enough.
  'ca-bundle-age': ({ caBundles, now }) => checkObservation(caBundles, (all) => certificatesEnd(all, now)),
  // The CA that issues the certificates of the pods stays valid long enough.
  'authority-age': ({ authority, now }) => checkObservation(authority, (all) => authorityEnds(all, now)),
  // A controller leads, so it heals and rotates.
  controller: ({ leads }) => checkObservation(leads, noLeader),
  // No group of all users can read Secrets.
  'open-to-all': ({ grants }) => checkObservation(grants, secretsOpenToAll),
  // The number of accounts that can read every Secret.
  'secret-readers': ({ grants, namespace }) =>
    checkObservation(grants, (all) => secretsReadByMany(all, namespace)),
  // The number of accounts that can disable lockstep.
  'webhook-writers': ({ grants, namespace }) =>
    checkObservation(grants, (all) => webhooksWrittenByMany(all, namespace)),
  // The permissions of lockstep's own accounts are the shipped ones.
  'own-accounts': ({ beyond }) => checkObservation(beyond, ownAccountsTooWide),
};

/** The name of a check, and its result. */
export interface NamedCheckResult extends CheckResult {
  readonly check: string;
}

export const diagnose = (facts: ClusterFacts): readonly NamedCheckResult[] =>
  Object.entries(CHECKS).map(([check, examine]) => ({ check, ...examine(facts) }));
