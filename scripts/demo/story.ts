import { accepted, type Claim, prints, printsNoneOf, refused, silent } from './claims.ts';

/** One command of the story, told before it runs, and what it must show. */
export interface StoryScene {
  readonly sentence: string;
  /** After `kubectl`. */
  readonly command: readonly string[];
  readonly claims: readonly Claim[];
}

/** The values that the files of the story hold, for what the scenes have to show or to hide. */
export interface Values {
  readonly password: string;
  readonly newPassword: string;
  /** All that nobody may print. */
  readonly secret: readonly string[];
}

const NAME = 'reconciliation-secrets';

export const FILES = {
  template: 'docs/demo/template.yaml',
  secret: 'docs/demo/secret.yaml',
  newPassword: 'docs/demo/new-password.yaml',
  placeholder: 'docs/demo/placeholder.yaml',
} as const;

export const story = ({ password, newPassword, secret }: Values): readonly StoryScene[] => [
  {
    sentence: 'Somebody applies the template as it is. It is refused, with one sentence for each fault.',
    command: ['apply', '-f', FILES.template],
    claims: [
      refused,
      ...['POSTGRES_PASSWORD', 'JWT_SECRET', 'JWT_REFRESH_SECRET', 'CSRF_SECRET', 'PASSWORD_MASTER_KEY'].map(
        (key) => finding(key),
      ),
    ],
  },
  {
    sentence:
      'Single quotes keep a shell from running a command. What would be stored is the command: refused.',
    command: [
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
    sentence: 'With real values it is stored.',
    command: ['apply', '-f', FILES.secret],
    claims: [accepted, prints(`secret/${NAME} created`)],
  },
  {
    sentence: 'It now has a DATABASE_URL that nobody typed, with the password encoded as a URL needs it.',
    command: readUrl,
    claims: [accepted, prints(urlWith(password))],
  },
  {
    sentence: 'POSTGRES_PASSWORD is changed. DATABASE_URL follows, and kubectl says so.',
    command: ['apply', '-f', FILES.newPassword],
    claims: [
      accepted,
      prints('Warning: data[DATABASE_URL]: password now follows POSTGRES_PASSWORD [lockstep/mismatch]'),
      prints(`secret/${NAME} configured`),
      printsNoneOf(secret),
    ],
  },
  {
    sentence: 'The URL as it is stored now:',
    command: readUrl,
    claims: [accepted, prints(urlWith(newPassword))],
  },
  {
    sentence: 'The manifest and the cluster agree: kubectl diff has nothing to say.',
    command: ['diff', '-f', FILES.newPassword],
    claims: [accepted, silent],
  },
  {
    sentence:
      'A placeholder comes back. Refused by another webhook, kubectl would print the whole patch with its values; here it prints none.',
    command: ['apply', '-f', FILES.placeholder],
    claims: [refused, finding('JWT_SECRET'), printsNoneOf(secret)],
  },
];

/** kubectl decodes it by itself. */
const readUrl = ['get', 'secret', NAME, '-o', 'go-template={{.data.DATABASE_URL | base64decode}}{{"\\n"}}'];

/** Of the policy `reconciliation`. */
const urlWith = (password: string): string =>
  `postgresql://reconciliation:${percentEncoded(password)}@postgres-service:5432/reconciliation?sslmode=disable`;

/** Every byte but `A-Z a-z 0-9 - . _ ~`: encodeURIComponent leaves five more alone. */
const percentEncoded = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);

const finding = (key: string): Claim => prints(`data[${key}]: is `);
