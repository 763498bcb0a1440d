import { accepted, type Claim, prints, printsNoneOf, refused, silent } from './claims.ts';
import type { Step } from './step.ts';

/** The values in the files of the demo. The steps show some of them, and hide the rest. */
export interface Values {
  readonly password: string;
  readonly newPassword: string;
  readonly databasePassword: string;
  /** Every value that no log and no message may contain. */
  readonly secret: readonly string[];
}

export const NAME = 'reconciliation-secrets';

export const FILES = {
  template: 'docs/demo/template.yaml',
  secret: 'docs/demo/secret.yaml',
  newPassword: 'docs/demo/new-password.yaml',
  placeholder: 'docs/demo/placeholder.yaml',
  databasePassword: 'docs/demo/database-password.yaml',
} as const;

/** Refusals and corrections at `kubectl apply`. */
export const webhookStory = ({ password, newPassword, secret }: Values): readonly Step[] => [
  {
    sentence:
      'A template is applied with its placeholders. lockstep refuses it, with one sentence for each fault.',
    command: ['kubectl', 'apply', '-f', FILES.template],
    claims: [
      refused,
      ...['POSTGRES_PASSWORD', 'JWT_SECRET', 'JWT_REFRESH_SECRET', 'CSRF_SECRET', 'PASSWORD_MASTER_KEY'].map(
        (key) => finding(key),
      ),
    ],
  },
  {
    sentence:
      'In single quotes, the shell does not run the command. lockstep refuses the Secret, which would store the command.',
    command: [
      'kubectl',
      ...['create', 'secret', 'generic', NAME],
      '--from-literal=POSTGRES_USER=reconciliation',
      `--from-literal=POSTGRES_PASSWORD=${password}`,
      '--from-literal=POSTGRES_DB=reconciliation',
      '--from-literal=JWT_SECRET=$(openssl rand -base64 48)',
      '--from-literal=JWT_REFRESH_SECRET=$(openssl rand -base64 48)',
    ],
    claims: [refused, finding('JWT_SECRET'), finding('JWT_REFRESH_SECRET'), printsNoneOf(secret)],
  },
  {
    sentence: 'With real values, the API server stores the Secret.',
    command: ['kubectl', 'apply', '-f', FILES.secret],
    claims: [accepted, prints(`secret/${NAME} created`)],
  },
  {
    sentence: 'lockstep has added DATABASE_URL. The password in it is encoded for a URL.',
    command: readUrl,
    claims: [accepted, prints(urlWith(password))],
  },
  {
    sentence: 'POSTGRES_PASSWORD is changed. DATABASE_URL follows, and kubectl prints a warning.',
    command: ['kubectl', 'apply', '-f', FILES.newPassword],
    claims: [
      accepted,
      prints('Warning: data[DATABASE_URL]: password now follows POSTGRES_PASSWORD [lockstep/mismatch]'),
      prints(`secret/${NAME} configured`),
      printsNoneOf(secret),
    ],
  },
  {
    sentence: 'The stored URL is now:',
    command: readUrl,
    claims: [accepted, prints(urlWith(newPassword))],
  },
  {
    sentence: 'The manifest and the cluster agree: kubectl diff prints nothing.',
    command: ['kubectl', 'diff', '-f', FILES.newPassword],
    claims: [accepted, silent],
  },
  {
    sentence:
      'A placeholder comes back. After most denials kubectl prints the patch with all values; here it prints none.',
    command: ['kubectl', 'apply', '-f', FILES.placeholder],
    claims: [refused, finding('JWT_SECRET'), printsNoneOf(secret)],
  },
];

/** kubectl decodes the value. */
const readUrl: Step['command'] = [
  'kubectl',
  ...['get', 'secret', NAME, '-o', 'go-template={{.data.DATABASE_URL | base64decode}}{{"\\n"}}'],
];

/** The URL that the policy `reconciliation` derives. */
const urlWith = (password: string): string =>
  `postgresql://reconciliation:${percentEncoded(password)}@postgres-service:5432/reconciliation?sslmode=disable`;

/** Every byte but `A-Z a-z 0-9 - . _ ~`: encodeURIComponent leaves five more alone. */
const percentEncoded = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);

const finding = (key: string): Claim => prints(`data[${key}]: is `);
