import { factByName } from './fact-by-name.ts';

/**
 * Whether a key's name says that its value must be a real secret: `JWT_SECRET`, `db-password`, `client.secret`,
 * `apiKey`, `mysql_root_password`. This is the only list. A name is read by its words, in any spelling. The meaning of
 * the last word decides: `JWT_SECRET_NAME` is a name, `TOKEN_URL` a URL.
 */
export const isSensitiveKey: (key: string) => boolean = factByName(isSensitiveMember);

/** The same for the name of a member inside a value. It is a part of the value, so it is not kept. */
export function isSensitiveMember(key: string): boolean {
  const words = wordsOfKey(key);
  if (words.some((word) => QUANTITIES.has(word))) return false;
  while (words.length > 1 && isRemark(words.at(-1)!)) words.pop();
  const last = words.at(-1);
  if (last === undefined || ATTRIBUTES.has(last) || SWITCHES.has(words[0]!)) return false;
  // `CERT_PASSWORD`: a password is a secret, whatever it opens.
  if (!PASSWORD.has(last) && words.some((word) => PUBLIC.has(word))) return false;
  const before = words.slice(0, -1);
  // `EXISTING_SECRET` names a Secret.
  if (before.at(-1) === 'existing') return false;
  if (isSecretNoun(last)) return true;
  const noun = before.findLastIndex(isSecretNoun);
  if (KEY.has(last) && OF_STORED_DATA.has(before.at(-1) ?? '')) return false;
  if (KEY.has(last)) return noun >= 0 || before.some((word) => OF_A_SECRET_KEY.has(word) || AES.test(word));
  if (last === 'signature') return before.length > 0 && !OF_A_TEXT.has(before.at(-1)!);
  if (last === 'cookie') return before.length > 0 && !OF_A_WEB_COOKIE.has(before.at(-1)!);
  if (noun < 0 || before.slice(noun).some((word) => ATTRIBUTES.has(word))) return false;
  return QUALIFIERS.has(last) || isPasswordOfAnAccount(before, noun);
}

const isSecretNoun = (word: string): boolean => SECRET.has(word) || FUSED.test(word);

/** `DB_PASSWORD_BILLING`: a database password, and one word that says whose it is. */
const isPasswordOfAnAccount = (before: readonly string[], noun: number): boolean =>
  noun === before.length - 1 && PASSWORD.has(before[noun]!) && DATABASES.has(before[noun - 1] ?? '');

/** Lower-case words, cut at separators and at changes of case: `APIKey` becomes `api` and `key`. */
export const wordsOfKey = (key: string): string[] =>
  key
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
    .map((word) => word.replace(NUMBERED, '$1'));

/** `password1` */
const NUMBERED = /^(password|passwd|pass|secret|token|key)\d+$/;

const set = (words: string): ReadonlySet<string> => new Set(words.split(' '));

/** The value itself. */
const SECRET = set(
  'password passwords passwd passwrd passphrase pass pwd pw psw secret secrets token tokens credential credentials creds salt pepper jwt psk hmac pin sas pat ' +
    'passkey passkeys passcode passcodes fernet mnemonic mnemonics macaroon macaroons ' +
    'senha senhas segredo segredos contrasena contrasenia clave secreta passe mdp motdepasse passwort kennwort geheimnis schluessel wachtwoord ' +
    'haslo heslo sifre parola sandi katasandi',
);

/** The same nouns, joined to the word before: `dbpassword`, `authtoken`, `secretkey`, `pgpass`. */
const FUSED =
  /(?:password|passwd|passphrase|secret|[a-z]{3}token)$|^(?:db|pg|my|user|root|admin|redis|smtp|mail|mongo|mysql|postgres)(?:pass|pwd|pw)$|(?:api|secret|private|encryption|signing|master|session|auth|jwt|age)key$/;

const KEY = set('key keys keybase');

/**
 * A secret key has one of these words before it. A bare `key` can name anything. An access key is the public half of a
 * pair.
 */
const OF_A_SECRET_KEY = set(
  'api app application private secret encryption encrypt enc crypt decryption crypto cipher aes signing sign signature master auth session cookie jwt hmac hash security ' +
    'webhook license service serviceaccount account storage shared admin unseal recovery fernet deploy ssh tls ssl rsa ecdsa ed25519 pgp gpg age internal ' +
    'flask django laravel rails symfony nextauth csrf integration subscription stripe openai anthropic sendgrid mailgun datadog dd gemini mistral groq cohere newrelic sentry ' +
    'twilio algolia openrouter maps resend postmark pinecone qdrant elevenlabs deepseek huggingface ' +
    'payment sms azure speech translator translate vision cognitive google gcp firebase supabase tavily serper alchemy infura etherscan razorpay paystack paypal ' +
    'adyen mollie plaid mixpanel amplitude posthog langfuse langsmith replicate cloudflare digitalocean github gitlab slack discord telegram notion airtable jira ' +
    'hubspot zendesk mailchimp mailjet brevo pusher vonage messagebird onesignal fcm apns vapid rapidapi perplexity nvidia honeycomb rollbar bugsnag pagerduty opsgenie ' +
    'blockchain wallet midtrans xendit flutterwave mpesa',
);
/** Before `signature`: the last lines of a text, or the form of a signature. */
const OF_A_TEXT = set(
  'email mail message letter text html default image file digest block template s3 aws storage version',
);
/** Before `key`: the name of an object, a row, a column or a label. */
const OF_STORED_DATA = set('base object partition sort foreign label annotation tag');
/** `AES256_GCM_KEY` */
const AES = /^aes\d*$/;
/** Before `cookie`: the name or a setting of a cookie of the web. Others, as `ERLANG_COOKIE`, are secrets. */
const OF_A_WEB_COOKIE = set(
  'session sessions auth csrf xsrf secure http httponly samesite same web consent tracking',
);

const PASSWORD = set('password passwords passwd passphrase pass pwd');
const DATABASES = set(
  'db database postgres postgresql pg mysql mariadb mongo mongodb redis mssql oracle rabbitmq',
);

/** Words that say which secret it is: `JWT_SECRET_ACCESS`, `password_root`. */
const QUALIFIERS = set(
  'access refresh root admin user db database postgres redis prod production dev development staging test live main base bd banco datos dados',
);

/** Words that say which copy of the secret it is. The check skips them. */
const REMARKS = set(
  'previous prev old new current next backup primary secondary default value raw b64 base64 hex plain txt json yaml yml env ini conf toml encoded a b one two three v1 v2 v3',
);
export const isRemark = (word: string): boolean => REMARKS.has(word) || /^\d+$/.test(word);

/** The public half of a pair, and files that hold no secret. */
const PUBLIC = set(
  'public pub publishable anon site sitekey crt cert certificate csr sql md html fingerprint kid',
);

/** A number or a switch, at any position in the name: `MAX_TOKENS`, `SECRET_ROTATION_ENABLED`. */
const QUANTITIES = set(
  'expiration expires expiry expire ttl lifetime length len min max minimum maximum rounds iterations enabled enable disabled disable required interval count timeout leeway limit limits',
);

/**
 * An attribute of the secret, if it follows the noun: `TOKEN_URL` is an address. Before the noun it names the
 * secret, as in `URL_SIGNING_SECRET` and `FILE_DB_PASSWORD`. /
 */
const ATTRIBUTES = set(
  'exp age algorithm algorithms alg issuer iss audience aud rotation schedule policy endpoint url uri path file filename filepath dir directory mount prefix suffix header ' +
    'field fields column format provider manager store backend namespace region hint size name names username usernames ref arn host hostname port hash hashes',
);

/** A switch, or a list: `require_password`, `USE_TOKEN`, `BANNED_PASSWORDS`. */
const SWITCHES = set(
  'require use has is allow no skip show ignore forgot reset verify validate banned forbidden',
);
