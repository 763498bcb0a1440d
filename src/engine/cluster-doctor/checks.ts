import { type CheckResult, checkObservation, type Observation } from '../doctor/check-result.ts';
import { ownAccountsTooWide, secretsOpenToAll, secretsReadByMany, webhooksWrittenByMany } from './access.ts';
import { authorityEnds, type CertificateFacts, certificatesEnd } from './certificates.ts';
import { type StorageFacts, secretsInPlainText } from './encryption.ts';
import type { Grant } from './grants.ts';
import {
  caBundleMissing,
  failsOpen,
  noLeader,
  type ProbeFacts,
  placeholderAccepted,
  type WebhookFacts,
  webhookUnreached,
} from './webhooks.ts';

/** All that is known of a cluster, from one look at it. */
export interface ClusterFacts {
  /** That lockstep runs in. */
  readonly namespace: string;
  /** By the clock of the API server. */
  readonly now: Date;
  readonly storage: Observation<StorageFacts>;
  readonly probe: Observation<ProbeFacts>;
  readonly refuses: Observation<boolean>;
  readonly webhooks: Observation<readonly WebhookFacts[]>;
  readonly leads: Observation<boolean | undefined>;
  readonly caBundles: Observation<readonly CertificateFacts[]>;
  readonly authority: Observation<readonly CertificateFacts[]>;
  readonly grants: Observation<readonly Grant[]>;
  readonly beyond: Observation<readonly string[]>;
}

type ClusterCheck = (facts: ClusterFacts) => CheckResult;

/** In the order in which they are told. The names are part of the contract: docs/security.md. */
const CHECKS: Readonly<Record<string, ClusterCheck>> = {
  // What lies on the disk of etcd.
  'encrypted-at-rest': ({ storage }) => checkObservation(storage, secretsInPlainText),
  // The API server gets an answer of lockstep, by the Service and the caBundle.
  'webhook-reached': ({ probe }) => checkObservation(probe, webhookUnreached),
  // The answer is a refusal where it should be.
  'placeholder-refused': ({ refuses }) => checkObservation(refuses, placeholderAccepted),
  // No write goes by while no pod answers.
  'fails-closed': ({ webhooks }) => checkObservation(webhooks, failsOpen),
  // The API server can trust the pods at all.
  'ca-bundle': ({ webhooks }) => checkObservation(webhooks, caBundleMissing),
  // ... and for how long.
  'ca-bundle-age': ({ caBundles, now }) => checkObservation(caBundles, (all) => certificatesEnd(all, now)),
  // The CA that the pods issue their certificates from.
  'authority-age': ({ authority, now }) => checkObservation(authority, (all) => authorityEnds(all, now)),
  // Somebody heals and rotates.
  controller: ({ leads }) => checkObservation(leads, noLeader),
  // No door for everybody.
  'open-to-all': ({ grants }) => checkObservation(grants, secretsOpenToAll),
  // How many there are whose token is every Secret.
  'secret-readers': ({ grants, namespace }) =>
    checkObservation(grants, (all) => secretsReadByMany(all, namespace)),
  // How many can switch lockstep off.
  'webhook-writers': ({ grants, namespace }) =>
    checkObservation(grants, (all) => webhooksWrittenByMany(all, namespace)),
  // lockstep's own accounts are as they were shipped.
  'own-accounts': ({ beyond }) => checkObservation(beyond, ownAccountsTooWide),
};

/** A check's name, and what it says. */
export interface NamedCheckResult extends CheckResult {
  readonly check: string;
}

export const diagnose = (facts: ClusterFacts): readonly NamedCheckResult[] =>
  Object.entries(CHECKS).map(([check, examine]) => ({ check, ...examine(facts) }));
