import { type Diagnosis, type Found, judged } from '../doctor/check-result.ts';
import { ownAccountsTooWide, secretsOpenToAll, secretsReadByMany, webhooksWrittenByMany } from './access.ts';
import { authorityEnds, type CertificateFacts, certificatesEnd } from './certificates.ts';
import { type StorageFacts, secretsInPlainText } from './encryption.ts';
import type { Grant } from './grants.ts';
import {
  caBundleMissing,
  failsOpen,
  nobodyLeads,
  type ProbeFacts,
  placeholderTaken,
  type WebhookFacts,
  webhookUnreached,
} from './webhooks.ts';

/** All that is known of a cluster, from one look at it. */
export interface ClusterFacts {
  /** That lockstep runs in. */
  readonly namespace: string;
  /** By the clock of the API server. */
  readonly now: Date;
  readonly storage: Found<StorageFacts>;
  readonly probe: Found<ProbeFacts>;
  readonly refuses: Found<boolean>;
  readonly webhooks: Found<readonly WebhookFacts[]>;
  readonly leads: Found<boolean | undefined>;
  readonly caBundles: Found<readonly CertificateFacts[]>;
  readonly authority: Found<readonly CertificateFacts[]>;
  readonly grants: Found<readonly Grant[]>;
  readonly beyond: Found<readonly string[]>;
}

type Check = (facts: ClusterFacts) => Diagnosis;

/** In the order in which they are told. The names are part of the contract: docs/security.md. */
const CHECKS: Readonly<Record<string, Check>> = {
  // What lies on the disk of etcd.
  'encrypted-at-rest': ({ storage }) => judged(storage, secretsInPlainText),
  // The API server gets an answer of lockstep, by the Service and the caBundle.
  'webhook-reached': ({ probe }) => judged(probe, webhookUnreached),
  // The answer is a refusal where it should be.
  'placeholder-refused': ({ refuses }) => judged(refuses, placeholderTaken),
  // No write goes by while no pod answers.
  'fails-closed': ({ webhooks }) => judged(webhooks, failsOpen),
  // The API server can trust the pods at all.
  'ca-bundle': ({ webhooks }) => judged(webhooks, caBundleMissing),
  // ... and for how long.
  'ca-bundle-age': ({ caBundles, now }) => judged(caBundles, (all) => certificatesEnd(all, now)),
  // The CA that the pods issue their certificates from.
  'authority-age': ({ authority, now }) => judged(authority, (all) => authorityEnds(all, now)),
  // Somebody heals and rotates.
  controller: ({ leads }) => judged(leads, nobodyLeads),
  // No door for everybody.
  'open-to-all': ({ grants }) => judged(grants, secretsOpenToAll),
  // How many there are whose token is every Secret.
  'secret-readers': ({ grants, namespace }) => judged(grants, (all) => secretsReadByMany(all, namespace)),
  // How many can switch lockstep off.
  'webhook-writers': ({ grants, namespace }) =>
    judged(grants, (all) => webhooksWrittenByMany(all, namespace)),
  // lockstep's own accounts are as they were shipped.
  'own-accounts': ({ beyond }) => judged(beyond, ownAccountsTooWide),
};

/** A check's name, and what it says. */
export interface Told extends Diagnosis {
  readonly check: string;
}

export const diagnose = (facts: ClusterFacts): readonly Told[] =>
  Object.entries(CHECKS).map(([check, examine]) => ({ check, ...examine(facts) }));
