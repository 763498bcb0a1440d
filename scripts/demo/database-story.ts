import { accepted, failed, prints, printsNoneOf } from './claims.ts';
import type { Database } from './database.ts';
import type { Step } from './step.ts';
import { FILES, NAME, type Values } from './webhook-story.ts';

const SECRET = `default/${NAME}`;

/** A password that changes in the Secret and in the server: an edit, a failed change, and a rollback. */
export function databaseStory(database: Database, { secret }: Values): readonly Step[] {
  return [
    {
      sentence: 'A workload reads the Secret.',
      command: ['kubectl', 'apply', '-f', 'docs/demo/backend.yaml'],
      claims: [accepted, prints('deployment.apps/backend created')],
    },
    {
      sentence: 'The PostgreSQL server has the login of the Secret. A PostgresCredential connects both.',
      command: ['kubectl', 'apply', '-f', '-'],
      input: database.manifest,
      claims: [accepted, prints('postgrescredential.lockstep.dev/reconciliation created')],
    },
    {
      sentence: 'The controller has logged in with the Secret.',
      command: ['kubectl', 'get', 'postgrescredentials'],
      claims: [accepted, prints('reconciliation-secrets')],
      before: () => database.untilSynced(),
    },
    {
      sentence: 'The password is edited in the Secret only. The server does not have it yet.',
      command: ['kubectl', 'apply', '-f', FILES.databasePassword],
      claims: [accepted, prints('Warning: data[DATABASE_URL]: password now follows'), printsNoneOf(secret)],
    },
    {
      sentence: 'The controller changes it in the running server, and restarts the workload that reads it.',
      command: ['kubectl', 'events', '--for', `secret/${NAME}`],
      claims: [accepted, prints('PasswordChangeComplete'), printsNoneOf(secret)],
      before: () => database.untilEvent('PasswordChangeComplete'),
    },
    {
      sentence: 'No more pods can start. The next change must fail.',
      command: ['kubectl', 'create', 'quota', 'no-new-pods', '--hard=pods=2'],
      claims: [accepted],
    },
    {
      sentence:
        'lockstep rotates the password. No new pod becomes ready, so server and Secret go back together.',
      command: ['lockstep', 'rotate', SECRET],
      claims: [failed, printsNoneOf(secret)],
    },
    {
      sentence: 'Pods can start again.',
      command: ['kubectl', 'delete', 'quota', 'no-new-pods'],
      claims: [accepted],
    },
    {
      sentence: 'Each version of the Secret has a reason, and no value.',
      command: ['lockstep', 'history', SECRET],
      claims: [accepted, printsNoneOf(secret)],
    },
    {
      sentence:
        'A rollback brings back the password before the edit: in the Secret, the server and the workload.',
      command: ['lockstep', 'rollback', SECRET, '--to', '1'],
      claims: [accepted, printsNoneOf(secret)],
    },
    {
      sentence: 'The earlier password opens the server again.',
      command: ['kubectl', 'get', 'postgrescredentials'],
      claims: [accepted, printsNoneOf(secret)],
    },
  ];
}
